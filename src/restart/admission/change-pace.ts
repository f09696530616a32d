/** How fast the content of a source changes: from the record of its changes, so that a restart of the operator misses none. Pure. */
import { type Ms, ms } from '../../base/time/clock.ts';
import { FLAPPING_BASE_MS, FLAPPING_CHANGES, FLAPPING_PERIOD_MS } from '../policy/policy.ts';
import type { SourceContent } from '../source/content.ts';

export interface ChangePace {
  /** Wall clock of the newest change; undefined: it has never changed. */
  readonly newest: Ms | undefined;
  /** Least time between two restarts for the source until `flapsUntil`; 0: it does not flap. */
  readonly delay: Ms;
  readonly flapsUntil: Ms;
}

export function changePace({ changes }: Pick<SourceContent, 'changes'>): ChangePace {
  const times = changes.map(({ at }) => Date.parse(at)).filter((at) => !Number.isNaN(at));
  if (times.length === 0) return { newest: undefined, delay: ms(0), flapsUntil: ms(0) };
  const newest = Math.max(...times);
  const recent = times.filter((at) => at > newest - FLAPPING_PERIOD_MS).length;
  const beyond = recent - FLAPPING_CHANGES;
  const delay = beyond > 0 ? Math.min(FLAPPING_BASE_MS * 2 ** (beyond - 1), FLAPPING_PERIOD_MS) : 0;
  return { newest: ms(newest), delay: ms(delay), flapsUntil: ms(newest + FLAPPING_PERIOD_MS) };
}
