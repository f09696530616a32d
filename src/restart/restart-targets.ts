/** Brings the targets of one ExternalSecret to the content of its Secret. Repeating it changes nothing: the marker holds no time. */
import { explain, failure, type Failure } from '../api/failure.ts';
import type { RestartStatus, RestartTarget } from '../api/external-secret.ts';
import { builtin, type ResourceType } from '../api/names.ts';
import type { KubeObject } from '../api/object.ts';
import { keyOf } from '../base/key.ts';
import { failureOf } from '../kube/failure-of.ts';
import type { KubeReader, KubeResult, KubeWriter } from '../kube/port.ts';
import type { ObjectStore } from '../watch/port.ts';
import { restartNeed, runsOldContent, type ContentFacts } from './plan-restart.ts';
import type { Workload, WorkloadKind } from './port.ts';
import type { RestartGuard } from './restart-guard.ts';
import { reduceWorkload } from './workload.ts';

export interface RestartContext {
  readonly workloads: Readonly<Record<WorkloadKind, ObjectStore<Workload>>>;
  /** Whether the workloads of this kind are known in this namespace. Where they are not, one that is not in `workloads` may exist all the same. */
  readonly isRead: (kind: WorkloadKind, namespace: string) => boolean;
  readonly client: KubeReader & KubeWriter;
  readonly guard: RestartGuard;
  /** Whether the Secret still holds the content that the facts speak of: asked before the first patch, since they may come from a late cache. */
  readonly confirm: () => Promise<KubeResult<boolean>>;
  /** RFC 3339, now. */
  readonly now: string;
  readonly signal: AbortSignal;
}

export interface RestartOutcome {
  readonly statuses: readonly RestartStatus[];
  /** Targets that were patched now. */
  readonly restarted: readonly RestartTarget[];
  /** Failures that trying again may mend; a target that doesn't exist is waited for. */
  readonly failures: readonly Failure[];
}

const TYPES: Readonly<Record<WorkloadKind, ResourceType>> = {
  Deployment: builtin.deployment,
  StatefulSet: builtin.statefulSet,
  DaemonSet: builtin.daemonSet,
};

/** One failing target doesn't keep the others from being restarted. */
export async function restartTargets(
  namespace: string,
  targets: readonly RestartTarget[],
  facts: ContentFacts,
  before: readonly RestartStatus[],
  context: RestartContext,
): Promise<RestartOutcome> {
  const results = await Promise.all(targets.map(async (target) => restartOne(namespace, target, facts, context)));
  return {
    statuses: results.map((result) => statusOf(result, facts, before, context.now)),
    restarted: results.filter(({ kind }) => kind === 'restarted').map(({ target }) => target),
    failures: results.flatMap((result) => (result.kind === 'failed' ? [result.failure] : [])),
  };
}

type TargetResult =
  | { readonly kind: 'current'; readonly marked: boolean; readonly target: RestartTarget }
  | { readonly kind: 'restarted'; readonly target: RestartTarget }
  | { readonly kind: 'failed'; readonly target: RestartTarget; readonly failure: Failure };

/** Lost races before it's left to the queue, which waits between tries: controllers write the status of a workload all the time it rolls. */
const ATTEMPTS = 4;

async function restartOne(namespace: string, target: RestartTarget, facts: ContentFacts, context: RestartContext): Promise<TargetResult> {
  const name = `${target.kind} ${JSON.stringify(target.name)}`;
  let workload = context.workloads[target.kind].get(keyOf(namespace, target.name));
  if (workload === undefined && !context.isRead(target.kind, namespace)) {
    return {
      kind: 'failed',
      target,
      failure: failure('Forbidden', `${name}: the operator cannot list ${target.kind}s here, so it may exist`),
    };
  }
  for (let attempt = 1; ; attempt += 1) {
    if (workload === undefined || workload.metadata.deletionTimestamp !== undefined) {
      return { kind: 'failed', target, failure: failure('RestartTargetNotFound', `${name} does not exist`) };
    }
    const needed = await isNeeded(workload, facts, context);
    if (!needed.ok) return { kind: 'failed', target, failure: failureOf(needed.failure) };
    if (!needed.value) return { kind: 'current', marked: Object.hasOwn(workload.markers, facts.markerName), target };
    const patched = await restartNow(workload, facts, context, name);
    if (patched === undefined) return { kind: 'restarted', target };
    if (patched.reason !== 'Conflict' || attempt === ATTEMPTS) return { kind: 'failed', target, failure: patched };
    const live = await readLive(namespace, target, context);
    if (!live.ok) return { kind: 'failed', target, failure: failureOf(live.failure) };
    workload = live.value;
  }
}

async function restartNow(workload: Workload, facts: ContentFacts, context: RestartContext, name: string): Promise<Failure | undefined> {
  const id = `${workload.metadata.uid}/${facts.markerName}`;
  const retryAfterMs = context.guard.waitFor(id, facts.content);
  if (retryAfterMs !== undefined) {
    return failure('RestartFailed', `${name}: somebody else takes its restart marker away again and again`, { retryAfterMs });
  }
  const confirmed = await context.confirm();
  if (!confirmed.ok) return failureOf(confirmed.failure);
  if (!confirmed.value) return failure('Conflict', `${name}: the content of the Secret has changed meanwhile`);
  const patched = await patchMarker(workload, facts, context);
  if (patched.ok) {
    context.guard.restarted(id, facts.content);
    return undefined;
  }
  const { reason, message, ...rest } = failureOf(patched.failure);
  return { ...rest, reason: reason === 'Conflict' ? reason : 'RestartFailed', message: `${name}: ${message}` };
}

async function readLive(
  namespace: string,
  { kind, name }: RestartTarget,
  { client, signal }: RestartContext,
): Promise<KubeResult<Workload | undefined>> {
  const read = await client.get<KubeObject>(TYPES[kind], { namespace, name }, signal);
  if (read.ok) return { ok: true, value: reduceWorkload(kind, read.value) };
  return read.failure.kind === 'not-found' ? { ok: true, value: undefined } : read;
}

async function isNeeded(workload: Workload, facts: ContentFacts, context: RestartContext): Promise<KubeResult<boolean>> {
  const need = restartNeed(workload, facts);
  if (need.kind !== 'ask-pods') return { ok: true, value: need.kind === 'restart' };
  if (workload.selector === undefined) return { ok: true, value: false };
  const scope = { namespace: workload.metadata.namespace ?? '', labelSelector: workload.selector };
  const pods = await context.client.list<KubeObject>(builtin.pod, scope, context.signal);
  return pods.ok ? { ok: true, value: runsOldContent(workload, pods.value, need.changedAt) } : pods;
}

/** With the resourceVersion that the decision was made on: a marker that somebody newer has set is not taken back. */
async function patchMarker(workload: Workload, facts: ContentFacts, { client, signal }: RestartContext): Promise<KubeResult<KubeObject>> {
  const { name, namespace = '', resourceVersion } = workload.metadata;
  const body = {
    metadata: { resourceVersion },
    spec: { template: { metadata: { annotations: { [facts.markerName]: facts.content } } } },
  };
  return client.mergePatch<KubeObject>(TYPES[workload.kind], { namespace, name }, body, signal);
}

function statusOf(result: TargetResult, facts: ContentFacts, before: readonly RestartStatus[], now: string): RestartStatus {
  const { target } = result;
  const former = before.find(({ kind, name }) => kind === target.kind && name === target.name);
  const kept = former?.restartedAt === undefined ? {} : { restartedAt: former.restartedAt };
  switch (result.kind) {
    case 'failed':
      return { ...target, state: 'Failed', ...kept, message: explain(result.failure).slice(0, 1024) };
    case 'restarted':
      return { ...target, state: 'Restarted', content: facts.content, restartedAt: now };
    case 'current': {
      if (!result.marked) return { ...target, state: 'Current', content: facts.content, ...kept };
      // The marker shows that it was rolled for this content, though a crash kept the status from saying so.
      const restartedAt = former?.content === facts.content ? (former.restartedAt ?? now) : now;
      return { ...target, state: 'Restarted', content: facts.content, restartedAt };
    }
    default:
      return result satisfies never;
  }
}
