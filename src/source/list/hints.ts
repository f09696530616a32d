/**
 * Decides which versions in lists need a read. A list may be five minutes late (documentation of ListSecrets). For that time, the version
 * before the present one, and a version that a read has just refuted, need no read.
 */
import type { Clock } from '../../base/time/clock.ts';
import type { TrackedReference } from '../references/tracked-reference.ts';

/** Five minutes, and one minute for the calls. */
const LATE_MS = 360_000;

interface ListedVersion {
  readonly current: string;
  /** A version that needs no read until then (monotonic). */
  readonly doubted?: { readonly versionId: string; readonly until: number };
}

export class Hints {
  readonly #clock: Clock;
  readonly #versions = new WeakMap<TrackedReference, ListedVersion>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the reference must be read because a list shows this version. */
  needsRead(tracked: TrackedReference, listed: string): boolean {
    const { knownVersion } = tracked;
    if (knownVersion === undefined) return true;
    const { doubted } = this.#versionsOf(tracked, knownVersion);
    if (listed === knownVersion) return false;
    return doubted?.versionId !== listed || doubted.until <= this.#clock.monotonic();
  }

  /** The reference was read because of this version. If the read shows another version, this one needs no further read for a while. */
  readDone(tracked: TrackedReference, listed: string): void {
    const { observation } = tracked;
    if (observation.kind !== 'version' || observation.versionId === listed) return;
    const until = this.#clock.monotonic() + LATE_MS;
    this.#versions.set(tracked, { current: observation.versionId, doubted: { versionId: listed, until } });
  }

  #versionsOf(tracked: TrackedReference, current: string): ListedVersion {
    const before = this.#versions.get(tracked);
    if (before?.current === current) return before;
    const until = this.#clock.monotonic() + LATE_MS;
    const versions = before === undefined ? { current } : { current, doubted: { versionId: before.current, until } };
    this.#versions.set(tracked, versions);
    return versions;
  }
}
