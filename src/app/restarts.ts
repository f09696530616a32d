/** The restart engine of one leader. */
import { groupResource } from '../api/object/resource-type.ts';
import { keyOf } from '../base/key.ts';
import type { Clock } from '../base/time/clock.ts';
import type { TimeSlices } from '../base/time/time-slices.ts';
import type { Config } from '../config.ts';
import type { Controller } from '../reconcile/shared/controller.ts';
import type { Manager } from '../reconcile/shared/manager.ts';
import type { Queues } from '../reconcile/shared/queues.ts';
import type { ClusterView } from '../view/cluster-view.ts';
import type { Shard } from './shard.ts';
import type { Telemetry } from './telemetry.ts';
import type { KubeReader, KubeWriter } from '../kube/port.ts';
import { managedContents } from '../reconcile/workload/source-contents.ts';
import { sidesOf } from '../reconcile/workload/sides.ts';
import { consumersIn, consumersOf } from '../view/consumer-kinds.ts';
import { RestartEngine } from '../reconcile/shared/restart-engine.ts';
import { consumerTypes } from '../restart/consumer/consumer-types.ts';
import { Ledger } from '../restart/ledger/ledger.ts';
import { markerPrefixes } from '../restart/source/marker.ts';
import { dialectsOf } from './from-controllers.ts';

interface EngineParts {
  readonly clock: Clock;
  readonly coverage: Pick<Manager['coverage'], 'isListed'>;
  readonly config: Config;
  readonly controllers: readonly Controller[];
  /** The namespace of the operator. */
  readonly namespace: string;
  readonly queues: Queues;
  readonly shard: Shard;
  readonly slices: TimeSlices;
  readonly telemetry: Pick<Telemetry, 'logger' | 'restarts'>;
  readonly view: ClusterView;
}

/** `client`: refuses writes after this process has lost the Lease. `signal`: aborts when it ends to lead. */
export function restartEngine(parts: EngineParts, client: KubeReader & KubeWriter, signal: AbortSignal): RestartEngine {
  const { clock, config, controllers, coverage, namespace, queues, shard, slices, telemetry, view } = parts;
  const dialects = dialectsOf(controllers);
  const [first] = dialects;
  if (first === undefined) throw new TypeError('restarts need an API group');
  const contents = managedContents({ sides: sidesOf(dialects, view), prefixes: markerPrefixes(first.annotations), client });
  const ledger = new Ledger({
    client,
    namespace,
    ...(shard.name === undefined ? {} : { installationShard: shard.name }),
    slices,
    clock,
    onProblem: (problem) => telemetry.logger.warn({ problem }, 'ledger of restarts'),
  });
  return new RestartEngine({
    clock,
    limits: {
      minInterval: config.restartMinInterval,
      perNamespace: config.restartMaxConcurrentPerNamespace,
      perInstallation: config.restartMaxConcurrent,
    },
    ledger,
    queues,
    consumers: () => consumersIn(view),
    isGone: ({ kind, namespace, name, uid }) =>
      coverage.isListed(groupResource(consumerTypes[kind]), namespace) &&
      consumersOf(view, kind).get(keyOf(namespace, name))?.metadata.uid !== uid,
    read: contents.live,
    allHealthy: (seconds) => telemetry.restarts.allHealthy(seconds),
    signal,
  });
}
