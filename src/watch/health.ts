/** Health of the watches as named checks say it: undefined when all is well, else one line for people. */
import { type Clock, type Ms, ms } from '../base/clock.ts';
import { formatDuration } from '../base/duration.ts';
import type { Reflector } from './reflector.ts';

type Watched = Pick<Reflector<never>, 'kind' | 'hasSettled' | 'lastEventAt'>;

/** For readiness: names the kinds whose first list is still waited for. */
export function describeUnsettled(reflectors: readonly Watched[]): string | undefined {
  const kinds = reflectors.filter(({ hasSettled }) => !hasSettled).map(({ kind }) => kind);
  return kinds.length === 0 ? undefined : `not listed yet: ${kinds.join(', ')}`;
}

/**
 * For liveness: names the kinds whose watch gives no sign of life. A watch that cannot connect gives one with each failure, so a process that
 * waits for the API server is alive; `limit` must be longer than a watch lives (4 minutes and its deadline). `since`: when the watches began.
 */
export function describeSilent(reflectors: readonly Watched[], clock: Clock, limit: Ms, since: Ms): string | undefined {
  const silent = reflectors
    .map(({ kind, lastEventAt }) => ({ kind, quiet: ms(clock.monotonic() - (lastEventAt ?? since)) }))
    .filter(({ quiet }) => quiet > limit);
  if (silent.length === 0) return undefined;
  return `no sign of life: ${silent.map(({ kind, quiet }) => `${kind} for ${formatDuration(quiet)}`).join(', ')}`;
}
