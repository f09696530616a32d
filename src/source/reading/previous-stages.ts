/**
 * AWSPREVIOUS of a secret takes a call of its own, and follows AWSCURRENT. Where the same identity watches that anyway, it is read when it has
 * moved, and seldom otherwise: somebody may move the label by hand, or AWSCURRENT forth and back between two reads. Only its own reads confirm it. What
 * is forgotten here is read once more.
 */
import type { SecretVersion } from '../../aws/port.ts';
import type { Clock, Ms } from '../../base/clock.ts';
import type { ValueCache } from './value-cache.ts';
import type { Observation, ReferenceKey, RemoteReference } from '../port.ts';
import { isStageOfSecret, referenceKey } from '../references/reference-key.ts';
import type { Registry } from '../references/registry.ts';
import type { TrackedReference } from '../references/tracked-reference.ts';

/** So many intervals may lie between two reads, and no more than a day. */
const INTERVALS = 5;
const LONGEST_MS = 24 * 3_600_000;
/** Reads are eventually consistent: one that began earlier after the move may show what was before. */
const CONSISTENT_AFTER_MS = 30_000;
/** Slots are served a little early, and calls take a while. */
const TOLERANCE = 1.2;

/** Times are monotonic. */
interface PreviousVersion {
  /** The version that AWSCURRENT sits on, and since when it is known here. */
  readonly current: string;
  readonly since: number;
  /** The last read of AWSPREVIOUS since then, and the order of the last answer before it. */
  asked?: { readonly at: number; readonly order: number };
}

export interface PreviousStagesOptions {
  readonly clock: Clock;
  readonly cache: Pick<ValueCache, 'drop'>;
  /** No reference is refreshed more often than this. */
  readonly minInterval: Ms;
  readonly registry: Pick<Registry, 'find' | 'index' | 'plan' | 'postpone'>;
}

export class PreviousStages {
  readonly #options: PreviousStagesOptions;
  readonly #memories = new WeakMap<TrackedReference, PreviousVersion>();

  constructor(options: PreviousStagesOptions) {
    this.#options = options;
  }

  /** What has to be read of that which is due; the rest is as AWSCURRENT says, and waits for its next slot. */
  toRead(due: readonly TrackedReference[]): readonly TrackedReference[] {
    return due.filter((tracked) => !isStageOfSecret(tracked.reference, 'AWSPREVIOUS') || !this.#stands(tracked));
  }

  /**
   * A read shows this version, and nobody was called yet. Where AWSCURRENT has moved, its other stages may have moved along: a round must not take
   * the new value of the one and the old value of the other.
   */
  shown(key: ReferenceKey, { arn, name, versionId }: Pick<SecretVersion, 'arn' | 'name' | 'versionId'>): void {
    const { cache, registry } = this.#options;
    const tracked = registry.find(key);
    if (tracked === undefined || !isStageOfSecret(tracked.reference, 'AWSCURRENT')) return;
    const { observation, identity } = tracked;
    if (observation.kind === 'unknown' || (observation.kind === 'version' && observation.versionId === versionId)) return;
    for (const other of registry.index.of({ service: 'SecretsManager', name, arn })) {
      const { version } = other.reference;
      if (other.identity === identity && version.kind === 'stage' && version.stage !== 'AWSCURRENT') cache.drop(other.key);
    }
  }

  /** A read was noted; `before`: what was observed before it. */
  noted(key: ReferenceKey, before: Observation | undefined): void {
    const { clock, registry } = this.#options;
    const { reference, observation } = registry.find(key) ?? {};
    if (reference === undefined || before?.kind !== 'version' || observation?.kind !== 'version') return;
    if (before.versionId === observation.versionId || !isStageOfSecret(reference, 'AWSCURRENT')) return;
    const previous = registry.find(sibling(reference, 'AWSPREVIOUS'));
    if (previous?.interval !== undefined) registry.postpone(previous.key, clock.monotonic());
  }

  #stands(tracked: TrackedReference): boolean {
    const { observation, readOrder } = tracked;
    const current = this.#options.registry.find(sibling(tracked.reference, 'AWSCURRENT'));
    if (tracked.interval === undefined || current?.observation.kind !== 'version') return false;
    const interval = Math.max(tracked.interval, this.#options.minInterval);
    const now = this.#options.clock.monotonic();
    const memory = this.#memoryOf(tracked, current.observation.versionId);
    const { asked, since } = memory;
    const settled = asked !== undefined && readOrder > asked.order && asked.at - since >= CONSISTENT_AFTER_MS;
    const recent = settled && now - asked.at < Math.min(INTERVALS * interval, LONGEST_MS);
    const watched = this.#options.clock.now() - current.confirmedAt <= TOLERANCE * interval;
    if (observation.kind !== 'version' || !recent || !watched) {
      memory.asked = { at: now, order: readOrder };
      return false;
    }
    tracked.madeUp();
    this.#options.registry.plan(tracked);
    return true;
  }

  #memoryOf(tracked: TrackedReference, current: string): PreviousVersion {
    const known = this.#memories.get(tracked);
    if (known?.current === current) return known;
    const memory: PreviousVersion = { current, since: this.#options.clock.monotonic() };
    this.#memories.set(tracked, memory);
    return memory;
  }
}

function sibling(reference: RemoteReference, stage: 'AWSCURRENT' | 'AWSPREVIOUS'): ReferenceKey {
  return referenceKey({ ...reference, version: { kind: 'stage', stage } });
}
