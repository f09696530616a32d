/** Health checks of the watches: undefined if healthy, else one line for people. */
import { type Clock, type Ms, ms } from '../base/time/clock.ts';
import { formatDuration } from '../base/time/duration.ts';
import type { Reflector } from './reflector.ts';

type Watched = Pick<Reflector<never>, 'kind' | 'hasListedOrFailed' | 'lastEventAt'>;

/** For readiness: names the kinds that have not been listed yet. */
export function describePendingLists(reflectors: readonly Watched[]): string | undefined {
  const kinds = reflectors.filter(({ hasListedOrFailed }) => !hasListedOrFailed).map(({ kind }) => kind);
  return kinds.length === 0 ? undefined : `not listed yet: ${kinds.join(', ')}`;
}

/**
 * For liveness: names the kinds whose watch has had no event for too long. Each failure of a watch counts as an event, so a process that
 * waits for the API server is healthy. `limit` must be longer than the life of a watch (4 minutes and its deadline). `since`: start of the
 * watches.
 */
export function describeSilent(reflectors: readonly Watched[], clock: Clock, limit: Ms, since: Ms): string | undefined {
  const silent = reflectors
    .map(({ kind, lastEventAt }) => ({ kind, quiet: ms(clock.monotonic() - (lastEventAt ?? since)) }))
    .filter(({ quiet }) => quiet > limit);
  if (silent.length === 0) return undefined;
  return `no sign of life: ${silent.map(({ kind, quiet }) => `${kind} for ${formatDuration(quiet)}`).join(', ')}`;
}
