// The operator starts with all Secrets in place and without changes.
import { begin, drained, phaseEnd, QUIET_MS, since, type Phase, type Place } from '../phase.ts';

export interface Restart extends Phase {
  readonly readySeconds: number;
  /** From the start of the process until every resource was looked at and the API server was asked no more. */
  readonly idleSeconds: number;
}

export async function measureRestart(place: Place, count: number): Promise<Restart> {
  const { operator, started } = await begin(place, '1h');
  await using _ended = operator;
  await operator.whenReady();
  const readySeconds = since(started);
  const drainedAt = await drained(operator, count);
  await place.audit.quiet(QUIET_MS);
  const phase = await phaseEnd(place, operator);
  // The one clock is that of the log, the other one ours.
  const lastAsked = phase.api.lastAt - performance.timeOrigin - started;
  await operator.stop();
  return { ...phase, readySeconds, idleSeconds: Math.max(drainedAt - started, lastAsked) / 1_000 };
}
