/** Counts of the members of each wave. Pure data. */
import { type Ms, ms } from '../../base/time/clock.ts';
import type { RestartWave } from '../policy/policy.ts';
import type { Standing } from './member.ts';
import type { Hold } from './verdict.ts';

interface WaveCount {
  readonly soak: Ms;
  unfinished: number;
  proofs: number;
  failed: number;
  /** Of each member that is done: when its phase began. The number of members for each time. */
  readonly doneSince: Map<number, number>;
  /** The latest of these times; undefined: not computed. */
  latest: number | undefined;
}

export class WaveTally {
  readonly #counts: WaveCount[];
  #failures = 0;

  /** The last count is of the workloads that are in no wave. */
  constructor(waves: readonly Pick<RestartWave, 'soak'>[]) {
    this.#counts = [...waves, { soak: ms(0) }].map(({ soak }) => ({
      soak,
      unfinished: 0,
      proofs: 0,
      failed: 0,
      doneSince: new Map(),
      latest: undefined,
    }));
  }

  get failures(): number {
    return this.#failures;
  }

  add(wave: number, standing: Standing, since: Ms): void {
    this.#change(wave, standing, since, 1);
  }

  remove(wave: number, standing: Standing, since: Ms): void {
    this.#change(wave, standing, since, -1);
  }

  /** What holds the waves behind this one. `needsSuccess`: a failed member does not count as proof. */
  holdBehind(wave: number, needsSuccess: boolean, now: Ms): Pick<Hold, 'reason' | 'until'> | undefined {
    const count = this.#counts[wave];
    if (count === undefined) return undefined;
    if (count.unfinished > 0) return { reason: 'EarlierWave' };
    if (count.proofs + (needsSuccess ? 0 : count.failed) === 0) return { reason: 'NoHealthyCanary' };
    const until = ms(latestOf(count) + count.soak);
    return until > now ? { reason: 'Soaking', until } : undefined;
  }

  /** The first wave that holds those behind it, apart from its soak. */
  firstClosed(needsSuccess: boolean): number {
    return this.#counts.findIndex(({ unfinished, proofs, failed }) => unfinished > 0 || proofs + (needsSuccess ? 0 : failed) === 0);
  }

  #change(wave: number, { isUnfinished, isProof, hasFailed }: Standing, since: Ms, by: 1 | -1): void {
    const count = this.#counts[wave];
    if (count === undefined) return;
    if (isUnfinished) count.unfinished += by;
    if (hasFailed) count.failed += by;
    if (hasFailed) this.#failures += by;
    if (!isProof) return;
    count.proofs += by;
    if (count.soak > 0) countTime(count, since, by);
  }
}

function countTime(count: WaveCount, since: Ms, by: 1 | -1): void {
  const members = (count.doneSince.get(since) ?? 0) + by;
  if (members > 0) count.doneSince.set(since, members);
  else count.doneSince.delete(since);
  count.latest = undefined;
}

function latestOf(count: WaveCount): number {
  if (count.latest !== undefined) return count.latest;
  let latest = Number.NEGATIVE_INFINITY;
  for (const since of count.doneSince.keys()) latest = Math.max(latest, since);
  count.latest = latest;
  return latest;
}
