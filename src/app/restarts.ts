/** The restart engine of one leader. */
import { groupResource } from '../api/object/resource-type.ts';
import { keyOf } from '../base/key.ts';
import type { Controller } from '../reconcile/shared/controller.ts';
import type { Manager } from '../reconcile/shared/manager.ts';
import type { Shard } from './shard.ts';
import type { KubeReader, KubeWriter } from '../kube/port.ts';
import { contentsOf, managedContents } from '../reconcile/workload/source-contents.ts';
import { sidesOf } from '../reconcile/workload/sides.ts';
import { consumersIn, consumersOf } from '../view/consumer-kinds.ts';
import { RestartEngine } from '../reconcile/shared/restart-engine.ts';
import { consumerTypes } from '../restart/consumer/consumer-types.ts';
import { Ledger } from '../restart/ledger/ledger.ts';
import { markerPrefixes } from '../restart/source/marker.ts';
import { dialectsOf } from './from-controllers.ts';
import { type ReloaderParts, reloaderSources } from './reloader.ts';

interface EngineParts extends ReloaderParts {
  readonly coverage: Pick<Manager['coverage'], 'isListed'>;
  readonly controllers: readonly Controller[];
  /** The namespace of the operator. */
  readonly namespace: string;
  readonly shard: Shard;
}

/** `client`: refuses writes after this process has lost the Lease. `signal`: aborts when it ends to lead. */
export function restartEngine(parts: EngineParts, client: KubeReader & KubeWriter, signal: AbortSignal): RestartEngine {
  const { clock, config, controllers, coverage, namespace, queues, shard, slices, telemetry, view } = parts;
  const dialects = dialectsOf(controllers);
  const [first] = dialects;
  if (first === undefined) throw new TypeError('restarts need an API group');
  const ledger = new Ledger({
    client,
    namespace,
    ...(shard.name === undefined ? {} : { installationShard: shard.name }),
    slices,
    clock,
    onProblem: (problem) => telemetry.logger.warn({ problem }, 'ledger of restarts'),
  });
  const reloader = reloaderSources(parts, client, ledger, signal);
  const managed = managedContents({ sides: sidesOf(dialects, view), prefixes: markerPrefixes(first.annotations), client });
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
    reloader,
    isGone: ({ kind, namespace: of, name, uid }) =>
      coverage.isListed(groupResource(consumerTypes[kind]), of) && consumersOf(view, kind).get(keyOf(of, name))?.metadata.uid !== uid,
    read: contentsOf(managed, reloader?.foreign).live,
    allHealthy: (seconds) => telemetry.restarts.allHealthy(seconds),
    signal,
  });
}
