/**
 * Restarts the targets of one ExternalSecret for the content of its Secret. A repetition changes no workload, because the marker contains
 * no time.
 */
import type { ConditionWords } from '../api/condition-words.ts';
import { failure, type Failure } from '../failure/failure.ts';
import type { RestartTarget } from '../api/schema/external-secret.ts';
import type { RestartStatus } from '../api/schema/restart-status.ts';
import type { KubeObject } from '../api/object/object.ts';
import { keyOf } from '../base/key.ts';
import { failureOf } from '../kube/failure-of.ts';
import type { KubeReader, KubeResult, KubeWriter } from '../kube/port.ts';
import type { ObjectStore } from '../watch/port.ts';
import { hidesMarker, restartNeed, type ContentFacts } from './plan-restart.ts';
import type { Workload } from './port.ts';
import { type WorkloadKind, workloadTypes } from '../api/object/workload-kinds.ts';
import type { RestartGuard } from './restart-guard.ts';
import type { RolloutBlock } from './port.ts';
import { statusOf, type TargetResult } from './target-status.ts';
import { reduceWorkload } from './workload.ts';

export interface RestartContext {
  /** Prefix of the restart markers, in the dialect of the ExternalSecret. */
  readonly markerPrefix: string;
  /** Words of that dialect. */
  readonly words: Pick<ConditionWords, 'failed'>;
  readonly workloads: Readonly<Record<WorkloadKind, ObjectStore<Workload>>>;
  /** Whether the workloads of this kind have been listed in this namespace. If not, a workload can exist that is not in `workloads`. */
  readonly isRead: (kind: WorkloadKind, namespace: string) => boolean;
  readonly client: KubeReader & KubeWriter;
  readonly guard: RestartGuard;
  /**
   * Whether the workload runs a pod that may have started before `changedAt`. Undefined: unknown; the key is enqueued when the answer is
   * known.
   */
  readonly runsOldPods: (workload: Workload, changedAt: string) => KubeResult<boolean> | undefined;
  /** Whether the Secret still has the content of `facts`. Called before each patch, because the facts can come from a stale cache. */
  readonly confirm: () => Promise<KubeResult<boolean>>;
  /** The current time, RFC 3339. */
  readonly now: string;
  readonly signal: AbortSignal;
}

export interface RestartOutcome {
  readonly statuses: readonly RestartStatus[];
  /** Whether the age of the pods of a target is unknown. Then the statuses are not complete. */
  readonly waits: boolean;
  /** Targets that were patched now. `hold`: the reason why their old pods stay. */
  readonly restarted: readonly { readonly target: RestartTarget; readonly hold: RolloutBlock | undefined }[];
  /** The failures of targets. */
  readonly failures: readonly Failure[];
}

/** Restarts the targets one after the other. A failed target does not prevent the restart of the others. */
export async function restartTargets(
  namespace: string,
  targets: readonly RestartTarget[],
  facts: ContentFacts,
  before: readonly RestartStatus[],
  context: RestartContext,
): Promise<RestartOutcome> {
  const results: TargetResult[] = [];
  for (const target of targets) results.push(await restartOne(namespace, target, facts, context));
  return {
    statuses: results.flatMap((result) => statusOf(result, facts, before, context) ?? []),
    waits: results.some(({ kind }) => kind === 'waiting'),
    restarted: results.filter((result) => result.kind === 'restarted'),
    failures: results.flatMap((result) => (result.kind === 'failed' ? [result.failure] : [])),
  };
}

/** Attempts before the key is retried with backoff: during a rollout, controllers often write the status of a workload, and each write causes a conflict. */
const ATTEMPTS = 4;

async function restartOne(namespace: string, target: RestartTarget, facts: ContentFacts, context: RestartContext): Promise<TargetResult> {
  const cached = context.workloads[target.kind].get(keyOf(namespace, target.name));
  if (cached === undefined && !context.isRead(target.kind, namespace)) {
    const why = `${nameOf(target)}: the operator cannot list ${target.kind}s here, so it may exist`;
    return { kind: 'failed', target, failure: failure('Forbidden', why) };
  }
  // An object that is missing from the cache may be new: only the API server knows that it does not exist.
  if (cached === undefined || hidesMarker(cached, facts)) return restartLive(namespace, target, facts, context, ATTEMPTS);
  const result = await bringTo(cached, facts, target, context);
  return lostRace(result) ? restartLive(namespace, target, facts, context, ATTEMPTS - 1) : result;
}

async function restartLive(
  namespace: string,
  target: RestartTarget,
  facts: ContentFacts,
  context: RestartContext,
  attempts: number,
): Promise<TargetResult> {
  for (let attempt = 1; ; attempt += 1) {
    const live = await readLive(namespace, target, facts, context);
    if (!live.ok) return { kind: 'failed', target, failure: failureOf(live.failure) };
    const result = await bringTo(live.value, facts, target, context);
    if (!lostRace(result) || attempt === attempts) return result;
  }
}

function lostRace(result: TargetResult): boolean {
  return result.kind === 'failed' && result.failure.reason === 'Conflict';
}

function nameOf({ kind, name }: RestartTarget): string {
  return `${kind} ${JSON.stringify(name)}`;
}

async function bringTo(
  workload: Workload | undefined,
  facts: ContentFacts,
  target: RestartTarget,
  context: RestartContext,
): Promise<TargetResult> {
  if (workload === undefined || workload.metadata.deletionTimestamp !== undefined) {
    return { kind: 'failed', target, failure: failure('RestartTargetNotFound', `${nameOf(target)} does not exist`) };
  }
  const need = restartNeed(workload, facts);
  if (need.kind === 'current') return { kind: 'current', marked: need.marked, target, hold: workload.hold };
  if (need.kind === 'ask-pods') {
    const old = context.runsOldPods(workload, need.changedAt);
    if (old === undefined) return { kind: 'waiting', target };
    if (!old.ok) return { kind: 'failed', target, failure: failureOf(old.failure) };
    if (!old.value) return { kind: 'current', marked: false, target, hold: undefined };
  }
  return restartNow(workload, facts, target, context);
}

async function restartNow(workload: Workload, facts: ContentFacts, target: RestartTarget, context: RestartContext): Promise<TargetResult> {
  const name = nameOf(target);
  const fails = (why: Failure): TargetResult => ({ kind: 'failed', target, failure: why });
  const id = `${workload.metadata.uid}/${facts.marker.current}`;
  const retryAfterMs = context.guard.waitFor(id, facts.content);
  if (retryAfterMs !== undefined) {
    return fails(failure('RestartFailed', `${name}: somebody else takes its restart marker away again and again`, { retryAfterMs }));
  }
  const confirmed = await context.confirm();
  if (!confirmed.ok) return fails(failureOf(confirmed.failure));
  if (!confirmed.value) return fails(failure('Conflict', `${name}: the content of the Secret has changed meanwhile`));
  const patched = await patchMarker(workload, facts, context);
  if (patched.ok) {
    context.guard.restarted(id, facts.content);
    return { kind: 'restarted', target, hold: reduceWorkload(workload.kind, patched.value, context.markerPrefix).hold };
  }
  const because = failureOf(patched.failure);
  const { reason, retryAfterMs: retryLater } = because;
  const details = { because, ...(retryLater === undefined ? {} : { retryAfterMs: retryLater }) };
  return fails(failure(reason === 'Conflict' ? reason : 'RestartFailed', { object: { kind: target.kind, name: target.name } }, details));
}

async function readLive(
  namespace: string,
  { kind, name }: RestartTarget,
  { marker }: ContentFacts,
  { client, markerPrefix, signal }: RestartContext,
): Promise<KubeResult<Workload | undefined>> {
  const read = await client.get<KubeObject>(workloadTypes[kind], { namespace, name }, signal);
  const wanted = [marker.current, ...(marker.former === undefined ? [] : [marker.former])];
  if (read.ok) return { ok: true, value: reduceWorkload(kind, read.value, markerPrefix, wanted) };
  return read.failure.kind === 'not-found' ? { ok: true, value: undefined } : read;
}

/** With the resourceVersion of the decision, so that a newer marker is not overwritten. */
async function patchMarker(workload: Workload, facts: ContentFacts, { client, signal }: RestartContext): Promise<KubeResult<KubeObject>> {
  const { name, namespace = '', resourceVersion } = workload.metadata;
  const body = {
    metadata: { resourceVersion },
    spec: { template: { metadata: { annotations: { [facts.marker.current]: facts.content } } } },
  };
  return client.mergePatch<KubeObject>(workloadTypes[workload.kind], { namespace, name }, body, signal);
}
