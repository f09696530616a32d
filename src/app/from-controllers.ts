/** What follows from the list of controllers besides queues and workers. Pure. */
import type { Dialect } from '../api/dialect.ts';
import type { Key } from '../base/key.ts';
import type { Config } from '../config.ts';
import { type Controller, controllerId } from '../reconcile/shared/controller.ts';
import type { Queues } from '../reconcile/shared/queues.ts';
import type { DependantKey } from '../source/port.ts';
import { dependantsAmong } from '../source/references/dependant.ts';
import { type ClusterView, ownKind } from '../view/cluster-view.ts';
import type { RequiredKinds } from '../view/listed-kinds.ts';
import type { WatchedKinds } from '../view/reflectors.ts';
import type { RowKind } from '../view/freshness/sync-rows.ts';

/** The dialects that the process serves. Throws a TypeError if two of them have one group or one suffix: they would share labels and metrics. */
export function dialectsOf(controllers: readonly Controller[]): readonly Dialect[] {
  const dialects = [...new Set(controllers.map(({ dialect }) => dialect))];
  for (const name of ['group', 'metricSuffix'] as const) {
    if (new Set(dialects.map((dialect) => dialect[name])).size < dialects.length) throw new TypeError(`two dialects have one ${name}`);
  }
  return dialects;
}

/** What the reflectors watch: each kind once, even if several controllers read it. */
export function watchedKinds(controllers: readonly Controller[], config: Config): WatchedKinds {
  const supporting = new Map(controllers.flatMap(({ watches }) => watches(config)).map((kind) => [kind.id, kind]));
  return { own: controllers.map(({ kind }) => kind.type), supporting: [...supporting.values()] };
}

/** Of each controller that requires kinds. */
export function requiredKinds(controllers: readonly Controller[]): readonly RequiredKinds[] {
  return controllers.map(({ requires }) => requires).filter((requires) => requires !== undefined);
}

/** The kinds whose objects metrics show. */
export function rowKinds(controllers: readonly Controller[]): readonly RowKind[] {
  return controllers.flatMap(({ kind: { type }, dialect, figures }) => (figures === undefined ? [] : [{ type, dialect, figures }]));
}

/** What the source engine asks about its dependants: the objects of the controllers that subscribe to it. */
export interface EngineFacts {
  /** The objects that this process works on. */
  readonly dependants: () => Iterable<DependantKey>;
  /** How many of them a namespace has. */
  readonly resourcesIn: (namespace: string) => number;
  /** While keys wait for a worker: the number of workers, each of which may read soon. */
  readonly busyWorkers: () => number;
}

export function engineFacts(
  controllers: readonly Controller[],
  view: ClusterView,
  queues: Queues,
  owns: (key: Key) => boolean,
): EngineFacts {
  const subscribing = controllers.filter(({ subscribes }) => subscribes);
  const kinds = subscribing.map((one) => ({ id: controllerId(one), objects: ownKind(view, one.kind.type).store }));
  const queuesOf = subscribing.map((one) => queues.of(controllerId(one)));
  return {
    dependants: function* () {
      for (const { id, objects } of kinds) yield* dependantsAmong(objects.list(), id, owns);
    },
    resourcesIn: (namespace) => kinds.reduce((sum, { objects }) => sum + objects.countIn(namespace), 0),
    busyWorkers: () => queuesOf.reduce((sum, { depth, running }) => sum + (depth > 0 ? running : 0), 0),
  };
}
