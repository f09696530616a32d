/**
 * Makes the status of an ExternalSecret from the results of a reconcile. Pure: equal results give an equal status, so an unchanged status
 * is not written.
 */
import type { ConditionWords, Words } from '../api/condition-words.ts';
import type { Failure } from '../failure/failure.ts';
import { findCondition, withCondition, withoutCondition, type Condition, type NewCondition } from '../api/schema/conditions.ts';
import type { ExternalSecretStatus } from '../api/schema/external-secret-status.ts';
import type { RestartStatus } from '../api/schema/restart-status.ts';
import type { StateReason } from '../failure/reasons.ts';
import { shownCounts, shownRestarts, withRollouts, type RolloutFindings } from './rollout-conditions.ts';
import { unknownReader, type Reader } from '../messages/reader.ts';
import type { RecordedSource, WriteRecord } from '../apply/port.ts';
import { shownVersionId } from '../aws/parameter-store/parameter-version.ts';

/** The results of the steps of a reconcile. A step that did not run has no result. */
export interface Findings {
  readonly generation: number;
  /** Absent: the condition stays unchanged. */
  readonly ready?: ReadyFinding;
  /** Absent: status fields of the Secret stay. */
  readonly secret?: { readonly name: string; readonly record: WriteRecord };
  /** For a target that is not written: the versions that were read. */
  readonly sources?: readonly RecordedSource[];
  /** Absent: restart targets were not checked. */
  readonly restarts?: RestartFindings;
  /** The workloads with their phases. They replace `restarts`. Absent: workloads were not looked at. */
  readonly rollouts?: RolloutFindings;
  /** RFC 3339: the time when AWS confirmed the present content of the Secret. Absent without a successful read. */
  readonly confirmedAt?: string;
  readonly forceSync?: string;
  /** A pending change or delayed sync. Absent: unknown. */
  readonly pending?: { readonly reason: 'ChangePending' | DelayReason; readonly message: string } | 'none';
}

type DelayReason = 'ForceSyncDelayed' | 'ReadsDelayed';
const DELAYS: readonly DelayReason[] = ['ForceSyncDelayed', 'ReadsDelayed'];

export interface RestartFindings {
  readonly statuses: readonly RestartStatus[];
  readonly failure?: Failure;
}

export type ReadyFinding =
  | { readonly kind: 'settled'; readonly reason: StateReason; readonly ready: boolean; readonly message: string }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** `words`: words of the dialect. `now`: RFC 3339. `reader`: readers of the status. */
export function externalSecretStatus(
  words: ConditionWords,
  before: ExternalSecretStatus | undefined,
  findings: Findings,
  now: string,
  reader: Reader = unknownReader,
): ExternalSecretStatus {
  const wording = { ...words, failed: (failure: Failure) => words.failed(failure, reader) };
  const ready = withReady(wording, before?.conditions ?? [], findings, now);
  const conditions = withRestarts(wording, withPending(words, ready, findings, now), findings, now);
  const observed = findings.ready === undefined ? {} : { observedGeneration: findings.generation };
  const base: ExternalSecretStatus = { ...before, ...observed, conditions };
  const secret = findings.secret === undefined ? {} : ofSecret(findings.secret, before);
  return withoutUndefined({
    ...base,
    ...secret,
    ...(findings.sources === undefined ? {} : { sources: findings.sources.map(shown) }),
    ...restartsOf(findings),
    ...(findings.forceSync === undefined ? {} : { forceSync: findings.forceSync }),
    ...(findings.confirmedAt === undefined ? {} : { refreshTime: findings.confirmedAt }),
  });
}

/** Equal except for refreshTime: a refresh without a change writes no status. */
export function sameStatus(left: ExternalSecretStatus | undefined, right: ExternalSecretStatus): boolean {
  const { refreshTime: _left, ...a } = left ?? {};
  const { refreshTime: _right, ...b } = right;
  return canonical(a) === canonical(b);
}

/** Words for one reader. */
type Wording = Pick<ConditionWords, 'settled'> & { readonly failed: (failure: Failure) => Words };

function withReady(words: Wording, conditions: readonly Condition[], { ready, generation }: Findings, now: string): readonly Condition[] {
  if (ready === undefined) return conditions;
  const said = ready.kind === 'failed' ? words.failed(ready.failure) : words.settled(ready.reason, ready.message);
  const status = ready.kind === 'settled' && ready.ready ? 'True' : 'False';
  return withCondition(conditions, { type: 'Ready', status, ...said, observedGeneration: generation }, now);
}

function withPending(
  words: ConditionWords,
  conditions: readonly Condition[],
  { pending, generation }: Findings,
  now: string,
): readonly Condition[] {
  // Each reconcile reports a delay again.
  const before = findCondition(conditions, 'UpToDate');
  const isOver = pending === undefined && DELAYS.some((reason) => words.means(before, reason));
  if (pending === undefined && !isOver) return conditions;
  if (pending === undefined || pending === 'none') return withoutCondition(conditions, 'UpToDate');
  const said = words.settled(pending.reason, pending.message);
  return withCondition(conditions, { type: 'UpToDate', status: 'False', ...said, observedGeneration: generation }, now);
}

function restartsOf({ restarts, rollouts }: Findings): Pick<ExternalSecretStatus, 'restarts' | 'restartCounts'> {
  if (rollouts !== undefined) return { restarts: shownRestarts(rollouts.statuses), restartCounts: shownCounts(rollouts.counts) };
  return restarts === undefined ? {} : { restarts: [...restarts.statuses] };
}

function withRestarts(words: Wording, conditions: readonly Condition[], findings: Findings, now: string): Condition[] {
  const { rollouts, generation } = findings;
  if (rollouts === undefined) return withRestarted(words, conditions, findings, now);
  return withRollouts(words, conditions, rollouts, generation, now);
}

function withRestarted(words: Wording, conditions: readonly Condition[], { restarts, generation }: Findings, now: string): Condition[] {
  if (restarts === undefined) return [...conditions];
  if (restarts.statuses.length === 0) return conditions.filter(({ type }) => type !== 'Restarted');
  const statement: Statement =
    restarts.failure === undefined ? stateOfAll(words, restarts.statuses) : { status: 'False', ...words.failed(restarts.failure) };
  return withCondition(conditions, { type: 'Restarted', ...statement, observedGeneration: generation }, now);
}

type Statement = Words & Pick<NewCondition, 'status'>;

/** The state of targets without a failure. */
function stateOfAll(words: Wording, statuses: readonly RestartStatus[]): Statement {
  if (statuses.some(({ state }) => state === 'Unknown')) return { status: 'Unknown', ...words.settled('RestartsDisabled') };
  const [blocked, ...more] = statuses.filter(({ state }) => state === 'Blocked');
  if (blocked !== undefined) {
    const others = more.length === 0 ? '' : `; ${more.length} more in status.restarts`;
    const message = `${blocked.kind} ${JSON.stringify(blocked.name)}: ${blocked.message ?? ''}${others}`;
    return { status: 'False', ...words.settled('RestartsBlocked', message) };
  }
  const anyRestarted = statuses.some(({ state }) => state === 'Restarted');
  return { status: 'True', ...words.settled(anyRestarted ? 'RestartsDone' : 'RestartsNotNeeded') };
}

/** A merge patch keeps fields that it omits. */
export function contentDigestOf({ digest, content }: WriteRecord, before: ExternalSecretStatus | undefined): { contentDigest?: string } {
  if (digest === undefined && before?.contentDigest === undefined) return {};
  return { contentDigest: digest ?? content };
}

function ofSecret(
  { name, record }: NonNullable<Findings['secret']>,
  before: ExternalSecretStatus | undefined,
): Partial<ExternalSecretStatus> {
  return {
    binding: { name },
    content: record.content,
    ...contentDigestOf(record, before),
    sources: record.sources.map(shown),
    ...(record.changedAt === undefined ? {} : { lastChangeTime: record.changedAt }),
    ...(record.sequence === undefined ? {} : { contentSequence: record.sequence }),
  };
}

function shown(source: RecordedSource): RecordedSource {
  return { ...source, versionId: shownVersionId(source.versionId) };
}

function withoutUndefined(status: ExternalSecretStatus): ExternalSecretStatus {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined)) as ExternalSecretStatus;
}

/** JSON with sorted keys, because the order of fields from the API server has no meaning. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
