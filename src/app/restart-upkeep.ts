/** The work of the restart engine besides the rounds of workloads: it drops what the ledger has of objects that are gone, and looks for Stakater Reloader. */
import { isAbortBy } from '../base/abort.ts';
import { type Clock, ms } from '../base/time/clock.ts';
import { untilAborted } from '../base/waiting.ts';
import type { Config } from '../config.ts';
import type { FirstLists } from '../source/schedule/first-lists.ts';
import type { Manager } from '../reconcile/shared/manager.ts';
import { watchReloader } from '../reconcile/shared/reloader-lease.ts';
import type { RestartEngine } from '../reconcile/shared/restart-engine.ts';
import { consumerKinds } from '../restart/consumer/consumer.ts';
import type { ClusterView } from '../view/cluster-view.ts';
import { consumersOf } from '../view/consumer-kinds.ts';
import type { Telemetry } from './telemetry.ts';

export interface UpkeepParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly coverage: FirstLists;
  /** The namespace of the operator. */
  readonly namespace: string;
  readonly telemetry: Pick<Telemetry, 'logger'>;
  readonly view: ClusterView;
}

const CLEAN_EVERY = ms(600_000);

/** A part of the work: resolves when `end` aborts, rejects with a defect. */
export async function restartUpkeep(parts: UpkeepParts, { restarts, reader, restartMetrics }: Manager, end: AbortSignal): Promise<void> {
  const { config, clock, namespace, telemetry } = parts;
  if (restarts === undefined) return await untilEnd(new Promise(() => undefined), end);
  const { reloader } = restarts;
  const works = [() => cleanLedger(parts, restarts, end)];
  if (reloader !== undefined) {
    const lease = { client: reader, clock, logger: telemetry.logger, onActive: restartMetrics.reloaderActive };
    works.push(
      () => reloader.run(end),
      () => watchReloader({ ...lease, namespace: config.reloaderNamespace ?? namespace }, end),
    );
  }
  await untilEnd(Promise.all(works.map((work) => work())), end);
}

async function untilEnd(work: Promise<unknown>, end: AbortSignal): Promise<void> {
  try {
    await untilAborted(work, end);
  } catch (error) {
    if (!isAbortBy(end, error)) throw error;
  }
}

/** Only while everything is known: an entry of an object that is only not listed yet must stay. */
async function cleanLedger(
  { clock, coverage, view, telemetry: { logger } }: UpkeepParts,
  restarts: RestartEngine,
  end: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(CLEAN_EVERY, end);
    await restarts.ready(end);
    const uids = uidsIn(view);
    if (uids === undefined || !coverage.isComplete || !restarts.admission.isComplete) continue;
    const live = {
      workload: (uid: string) => uids.has(uid),
      source: (...name: Parameters<NonNullable<RestartEngine['reloader']>['keeps']>) => restarts.reloader?.keeps(...name) ?? false,
    };
    const cleaned = await restarts.retain(live, end);
    if (!cleaned.ok) logger.warn({ problem: cleaned.failure.message }, 'ledger of restarts could not be cleaned; trying again');
  }
}

/** Undefined: of some workload it is not known what it consumes. */
function uidsIn(view: ClusterView): ReadonlySet<string> | undefined {
  const uids = new Set<string>();
  for (const kind of consumerKinds) {
    for (const { metadata, notKept } of consumersOf(view, kind).list()) {
      if (notKept !== undefined) return undefined;
      uids.add(metadata.uid);
    }
  }
  return uids;
}
