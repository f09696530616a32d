/** The work of the restart engine besides the rounds of workloads: it drops what the ledger has of objects that are gone, and looks for Stakater Reloader. */
import { type Clock, ms } from '../base/time/clock.ts';
import { untilEnd } from '../base/waiting.ts';
import type { Config } from '../config.ts';
import type { FirstLists } from '../source/schedule/first-lists.ts';
import type { Manager } from '../reconcile/shared/manager.ts';
import { watchReloader } from '../reconcile/shared/reloader-lease.ts';
import type { RestartEngine } from '../reconcile/shared/restart-engine.ts';
import { groupResource } from '../api/object/resource-type.ts';
import { consumerKinds } from '../restart/consumer/consumer.ts';
import { consumerTypes } from '../restart/consumer/consumer-types.ts';
import type { Live } from '../restart/ledger/ledger.ts';
import type { ClusterView } from '../view/cluster-view.ts';
import { consumersOf } from '../view/consumer-kinds.ts';
import type { ListedKinds } from '../view/listed-kinds.ts';
import type { Telemetry } from './telemetry.ts';

export interface UpkeepParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly coverage: FirstLists & Pick<ListedKinds, 'isListed'>;
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

async function cleanLedger(
  { clock, coverage, view, telemetry: { logger } }: UpkeepParts,
  restarts: RestartEngine,
  end: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(CLEAN_EVERY, end);
    await restarts.ready(end);
    const isFollowed = coverage.isComplete && restarts.admission.isComplete ? followedBy(restarts) : undefined;
    const cleaned = await restarts.retain(liveObjects(view, coverage, isFollowed), end);
    if (!cleaned.ok) logger.warn({ problem: cleaned.failure.message }, 'ledger of restarts could not be cleaned; trying again');
  }
}

function followedBy({ reloader }: RestartEngine): Live['source'] {
  return (...name) => reloader?.keeps(...name) ?? false;
}

/**
 * The objects whose entries stay. Unknown is not gone: an entry stays where workloads of its kind are not listed, and that of a source where it is not known what
 * workloads consume. One namespace, or one kind that may not be listed, keeps the entries of no other. `isFollowed`: undefined while that is not known of all.
 */
export function liveObjects(view: ClusterView, coverage: Pick<ListedKinds, 'isListed'>, isFollowed: Live['source'] | undefined): Live {
  const uids = new Set<string>();
  const unknown = new Set<string>();
  for (const kind of consumerKinds) {
    for (const { metadata, notKept } of consumersOf(view, kind).list()) {
      uids.add(metadata.uid);
      if (notKept !== undefined) unknown.add(metadata.namespace ?? '');
    }
  }
  return {
    workload: (uid, kind, namespace) => uids.has(uid) || !coverage.isListed(groupResource(consumerTypes[kind]), namespace),
    source: (kind, namespace, name) => isFollowed === undefined || unknown.has(namespace) || isFollowed(kind, namespace, name),
  };
}
