/**
 * Decides at which times AWSPREVIOUS of a secret is read. AWSPREVIOUS costs a single call, and it moves when AWSCURRENT moves. If the same
 * identity refreshes AWSCURRENT of the secret, AWSPREVIOUS is read after AWSCURRENT has moved, and rarely at other times: a person may move
 * the label by hand, or AWSCURRENT may move twice between two reads. Only reads of AWSPREVIOUS itself confirm its version. If the state
 * kept here is lost, the cost is one extra read.
 */
import type { SecretVersion } from '../../../aws/port.ts';
import type { Clock, Ms } from '../../../base/time/clock.ts';
import type { ValueCache } from './value-cache.ts';
import type { Observation, ReferenceKey, RemoteReference } from '../../port.ts';
import { isStageOfSecret, referenceKey } from '../../references/reference-key.ts';
import type { Registry } from '../../references/registry.ts';
import type { TrackedReference } from '../../references/tracked-reference.ts';

/** Maximum number of intervals between two reads of AWSPREVIOUS, and the maximum time between them. */
const MAX_INTERVALS = 5;
const MAX_INTERVAL_MS = 24 * 3_600_000;
/** Reads are eventually consistent: a read that starts sooner after the move may show the state before the move. */
const CONSISTENT_AFTER_MS = 30_000;
/** References are read slightly before their slot, and calls take time. */
const TOLERANCE = 1.2;

/** Times are monotonic. */
interface PreviousVersion {
  /** The version with AWSCURRENT, and the time since which the engine knows it. */
  readonly current: string;
  readonly since: number;
  /** The last read of AWSPREVIOUS since then, and the order of the last answer before that read. */
  lastRead?: { readonly at: number; readonly order: number };
}

export interface PreviousStagesOptions {
  readonly clock: Clock;
  readonly cache: Pick<ValueCache, 'has' | 'drop'>;
  /** Minimum time between two refreshes of a reference. */
  readonly minInterval: Ms;
  readonly registry: Pick<Registry, 'find' | 'index' | 'plan' | 'postpone'>;
}

export class PreviousStages {
  readonly #options: PreviousStagesOptions;
  readonly #previousVersions = new WeakMap<TrackedReference, PreviousVersion>();

  constructor(options: PreviousStagesOptions) {
    this.#options = options;
  }

  /** The due references that must be read. The others follow from AWSCURRENT and wait for their next slot. */
  toRead(due: readonly TrackedReference[]): readonly TrackedReference[] {
    return due.filter((tracked) => !isStageOfSecret(tracked.reference, 'AWSPREVIOUS') || !this.#followsCurrent(tracked));
  }

  /**
   * Call this after a read and before dependants are notified. If AWSCURRENT has moved, other stages of the secret may have moved too; their cached values
   * are dropped, because a reconcile must not combine a new value of one stage with an old value of another.
   */
  currentRead(key: ReferenceKey, { arn, name, versionId }: Pick<SecretVersion, 'arn' | 'name' | 'versionId'>): void {
    const { cache, registry } = this.#options;
    const tracked = registry.find(key);
    if (tracked === undefined || !isStageOfSecret(tracked.reference, 'AWSCURRENT')) return;
    const { observation, identity } = tracked;
    if (observation.kind === 'unknown' || (observation.kind === 'version' && observation.versionId === versionId)) return;
    const isCachedStage = ({ key: other, identity: reader, reference: { version } }: TrackedReference): boolean =>
      reader === identity && version.kind === 'stage' && version.stage !== 'AWSCURRENT' && cache.has(other);
    for (const other of registry.index.of({ service: 'SecretsManager', name, arn }, isCachedStage)) cache.drop(other.key);
  }

  /** Call this after an answer was recorded; `before`: the observation before the answer. If AWSCURRENT has moved, AWSPREVIOUS is read at once. */
  answerRecorded(key: ReferenceKey, before: Observation | undefined): void {
    const { clock, registry } = this.#options;
    const { reference, observation } = registry.find(key) ?? {};
    if (reference === undefined || !isStageOfSecret(reference, 'AWSCURRENT') || !hasMoved(before, observation)) return;
    const previous = registry.find(sibling(reference, 'AWSPREVIOUS'));
    if (previous?.interval !== undefined) registry.postpone(previous.key, clock.monotonic());
  }

  #followsCurrent(tracked: TrackedReference): boolean {
    const { observation, readOrder } = tracked;
    const current = this.#options.registry.find(sibling(tracked.reference, 'AWSCURRENT'));
    if (tracked.interval === undefined || current?.observation.kind !== 'version') return false;
    const interval = Math.max(tracked.interval, this.#options.minInterval);
    const now = this.#options.clock.monotonic();
    const previous = this.#previousVersion(tracked, current.observation.versionId);
    const { lastRead, since } = previous;
    const isConsistent = lastRead !== undefined && readOrder > lastRead.order && lastRead.at - since >= CONSISTENT_AFTER_MS;
    const isRecent = isConsistent && now - lastRead.at < Math.min(MAX_INTERVALS * interval, MAX_INTERVAL_MS);
    const isCurrentRefreshed = this.#options.clock.now() - current.confirmedAt <= TOLERANCE * interval;
    if (observation.kind !== 'version' || !isRecent || !isCurrentRefreshed) {
      previous.lastRead = { at: now, order: readOrder };
      return false;
    }
    tracked.catchUpDone();
    this.#options.registry.plan(tracked);
    return true;
  }

  #previousVersion(tracked: TrackedReference, current: string): PreviousVersion {
    const known = this.#previousVersions.get(tracked);
    if (known?.current === current) return known;
    const previous: PreviousVersion = { current, since: this.#options.clock.monotonic() };
    this.#previousVersions.set(tracked, previous);
    return previous;
  }
}

function hasMoved(before: Observation | undefined, after: Observation | undefined): boolean {
  return before?.kind === 'version' && after?.kind === 'version' && before.versionId !== after.versionId;
}

function sibling(reference: RemoteReference, stage: 'AWSCURRENT' | 'AWSPREVIOUS'): ReferenceKey {
  return referenceKey({ ...reference, version: { kind: 'stage', stage } });
}
