/** Reports on an ExternalSecret or a store that it is not reconciled because it exceeds the memory share of its namespace. */
import { findCondition, withCondition, type Condition } from '../../api/schema/conditions.ts';
import type { ConditionWords } from '../../api/condition-words.ts';
import type { Dialect } from '../../api/dialect.ts';
import { failure, type Failure } from '../../failure/failure.ts';
import type { ResourceType } from '../../api/object/resource-type.ts';
import type { OwnObject } from '../../api/object/object.ts';
import type { Clock } from '../../base/time/clock.ts';
import type { EventRecorder, KubeReader, KubeResult, KubeWriter } from '../../kube/port.ts';
import { sentenceFor } from '../../messages/message.ts';
import { unknownReader, owner } from '../../messages/reader.ts';
import type { WorkResult } from '../../queue/port.ts';
import type { Logger } from '../../telemetry/log/logger.ts';
import type { SyncMetrics } from '../../telemetry/metrics/sync-metrics.ts';
import type { ShareOfBudget } from '../../watch/kept-budget.ts';
import { done, workAfterStatus } from './work.ts';

export interface NotKeptContext {
  readonly dialect: Pick<Dialect, 'words'>;
  readonly client: KubeReader & KubeWriter;
  readonly events: EventRecorder;
  readonly metrics: SyncMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The object in the view (name only), or in the API server. */
interface Reported extends OwnObject {
  readonly status?: { readonly conditions?: Condition[] | undefined } | undefined;
}

/**
 * `share`: bytes of the kind in the namespace, and the limit. The status is written once for each generation, even if these figures change.
 */
export async function reportNotKept(
  type: ResourceType,
  cached: Reported,
  share: ShareOfBudget,
  context: NotKeptContext,
  signal: AbortSignal,
): Promise<WorkResult> {
  if (cached.metadata.deletionTimestamp !== undefined) return done;
  const problem = failure('MemoryShareExceeded', excessOf(type, cached, share));
  context.metrics.synced(type.kind, problem.reason);
  const { words } = context.dialect;
  if (isReported(words, cached)) return done;
  const { namespace = '', name } = cached.metadata;
  const read = await context.client.get<Reported>(type, { namespace, name }, signal);
  const live = liveOr(cached, read);
  if (!live.ok) return live.failure.kind === 'not-found' ? done : workAfterStatus(live.failure);
  // A new object, or a new generation, arrives by the watch and is reconciled then: it may be small enough to be kept.
  if (!isSameGeneration(cached, live.value) || isReported(words, live.value)) return done;
  return await writeCondition(type, live.value, problem, context, signal);
}

/**
 * An object with too many annotations cannot be read. Then the status is written from the cached object, and its other conditions are lost.
 */
function liveOr(cached: Reported, read: KubeResult<Reported>): KubeResult<Reported> {
  return !read.ok && read.failure.kind === 'too-large' ? { ok: true, value: cached } : read;
}

async function writeCondition(
  type: ResourceType,
  live: Reported,
  problem: Failure,
  { dialect: { words }, client, events, logger, clock }: NotKeptContext,
  signal: AbortSignal,
): Promise<WorkResult> {
  const { namespace = '', name, uid, resourceVersion, generation = 0 } = live.metadata;
  const { reason, message } = words.failed(problem, unknownReader);
  if (!words.means(findCondition(live.status?.conditions, 'Ready'), problem.reason)) {
    events.record({ regarding: live, type: 'Warning', reason, note: message, action: 'Sync' });
    logger.warn({ kind: type.kind, namespace, name, reason, message: sentenceFor(problem, owner) }, 'object is not reconciled');
  }
  const next = { type: 'Ready', status: 'False', reason, message, observedGeneration: generation } as const;
  const conditions = withCondition(live.status?.conditions ?? [], next, new Date(clock.now()).toISOString());
  const body = { metadata: { uid, resourceVersion }, status: { conditions } };
  const written = await client.mergePatch(type, { namespace, name }, body, signal, 'status');
  return written.ok || written.failure.kind === 'not-found' ? done : workAfterStatus(written.failure);
}

function isSameGeneration({ metadata: left }: Reported, { metadata: right }: Reported): boolean {
  return left.uid === right.uid && left.generation === right.generation;
}

function isReported(words: ConditionWords, { metadata: { generation = 0 }, status }: Reported): boolean {
  const ready = findCondition(status?.conditions, 'Ready');
  return words.means(ready, 'MemoryShareExceeded') && ready?.observedGeneration === generation;
}

function excessOf({ kind, namespaced }: ResourceType, { notKept = 0 }: OwnObject, { held, most }: ShareOfBudget): string {
  const whose = namespaced ? 'of this namespace ' : '';
  return `it takes ${sizeOf(notKept)} of memory, and the ${kind}s ${whose}that are kept take ${sizeOf(held)} of at most ${sizeOf(most)}`;
}

const KIB = 1024;

function sizeOf(bytes: number): string {
  return bytes < KIB * KIB ? `${Math.ceil(bytes / KIB)} KiB` : `${(bytes / KIB / KIB).toFixed(1)} MiB`;
}
