/** The HTTP servers of metrics and probes, and the checks behind the probes. */
import { systemClock as clock, ms } from '../base/time/clock.ts';
import type { Config } from '../config.ts';
import { describeDelay } from '../telemetry/event-loop-delay.ts';
import type { HealthCheck } from '../telemetry/server/health-checks.ts';
import { type Endpoints, startMetricsServer, startProbeServer } from '../telemetry/server/server.ts';
import { type ListedKinds, describeUnlisted } from '../view/listed-kinds.ts';
import type { RunningReflector } from '../view/reflectors.ts';
import { describeSilent, describePendingLists } from '../watch/health.ts';
import type { Telemetry } from './telemetry.ts';

/** A longer delay of the event loop is not caused by garbage collection. */
const MAX_EVENT_LOOP_DELAY = ms(10_000);
/** The period of the chart's liveness probe. */
const LIVENESS_WINDOW = ms(10_000);
/** A watch request lasts at most four minutes, with bookmarks in between. A watch without events for more than twice that time has failed. */
const MAX_SILENCE = ms(10 * 60_000);

/** Serves metrics and probes from the start of the process to its end. */
export async function serve(
  config: Config,
  telemetry: Telemetry,
  { reflectors, coverage }: { readonly reflectors: readonly RunningReflector[]; readonly coverage: ListedKinds },
  endpoints: Endpoints,
  stack: AsyncDisposableStack,
): Promise<void> {
  const started = clock.monotonic();
  stack.use(telemetry.eventLoop);
  const onError = (error: unknown): void => telemetry.logger.error({ err: error }, 'request to an own endpoint failed');
  const ready = { synced: () => (reflectors.length === 0 ? 'not started yet' : describeSynced(reflectors, coverage)) };
  const live = {
    'event-loop': () => describeDelay(telemetry.eventLoop, MAX_EVENT_LOOP_DELAY, LIVENESS_WINDOW),
    watches: () => describeSilent(reflectors, clock, MAX_SILENCE, started),
  };
  stack.use(await startMetricsServer(config.metricsBindAddress, telemetry.registry, onError, endpoints));
  stack.use(await startProbeServer(config.healthProbeBindAddress, { live, ready }, onError));
}

/** Ready if at least one namespace can be served. A note names the kinds and namespaces that have not been listed. */
function describeSynced(reflectors: readonly RunningReflector[], coverage: ListedKinds): ReturnType<HealthCheck> {
  const waiting = describePendingLists(reflectors);
  if (waiting !== undefined) return waiting;
  const unlisted = describeUnlisted(coverage.unlisted());
  if (unlisted === undefined) return undefined;
  return coverage.servesSomething ? { note: `not listed: ${unlisted}` } : `nothing can be served; not listed: ${unlisted}`;
}
