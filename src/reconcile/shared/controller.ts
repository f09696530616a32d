/**
 * A controller as one value: the kind that it reconciles, how objects of the kind are kept, which changes wake it, its workers, its reconciler and the
 * permissions that it needs. Watches, queues, workers, the check of the served schemas, metrics and the rules of the chart follow from the list of controllers
 * (src/app/controllers.ts). CONTRIBUTING.md, "Add a controller", shows the steps.
 */
import type { Dialect } from '../../api/dialect.ts';
import type { OwnObject } from '../../api/object/object.ts';
import { groupResource } from '../../api/object/resource-type.ts';
import type { Right } from '../../api/object/rights.ts';
import type { Key } from '../../base/key.ts';
import type { Config } from '../../config.ts';
import type { Enqueuer, Reconcile } from '../../queue/port.ts';
import type { ClusterView } from '../../view/cluster-view.ts';
import type { RequiredKinds } from '../../view/listed-kinds.ts';
import type { OwnKindDefinition } from '../../view/own-kinds.ts';
import type { AnySupportingKind } from '../../view/supporting-kind.ts';
import type { ObjectFigures } from '../../view/freshness/sync-rows.ts';
import type { SlicedWakes } from '../../view/sliced-wakes.ts';
import type { WakeRule } from '../../view/wake-rule.ts';
import type { KindDefinition } from '../../api/schema/kind-definition.ts';
import type { Manager } from './manager.ts';

export interface Controller {
  /** Name of its queue and its value of the metric label `controller`, unique in the process: the kind in lower case, with the suffix of the dialect. */
  readonly name: string;
  /** Of the API group of its kind. */
  readonly dialect: Dialect;
  /** The kind whose objects it reconciles: how they are reduced, indexed and counted. No two controllers of a process have the same. */
  readonly kind: OwnKindDefinition<OwnObject>;
  /** Absent for a kind of Kubernetes itself: it has no CustomResourceDefinition, and all permissions for it are in `rights`. */
  readonly definition?: KindDefinition;
  /** Whether this installation runs it. */
  readonly isEnabled: (config: Config) => boolean;
  /** Condition of the chart's template under which it is enabled and has its rights; absent: always. */
  readonly chartCondition?: string;
  /** Number of keys that it reconciles at the same time. */
  readonly workers: (config: Config) => number;
  /** Whether namespaces share the workers. Then one namespace cannot use all of them. */
  readonly sharesWorkers: boolean;
  /** Kinds that it reads from the view in addition to those that controllers reconcile. */
  readonly watches: (config: Config) => readonly AnySupportingKind[];
  /**
   * Which change of which object queues which keys. When the process starts leading, the rules for its own kind get each object as `added` and `initial`, and
   * must queue it. `walks` queues the users of one object, which may be thousands.
   */
  readonly wakes: (view: ClusterView, queue: Enqueuer, walks: SlicedWakes) => readonly WakeRule[];
  /** Kinds that must have been listed before its objects are reconciled. The process is ready when one such controller can work in some namespace. */
  readonly requires?: RequiredKinds;
  /** Whether its objects depend on AWS: it reads from the source engine and subscribes to it, and reports what its reconciles have recorded. */
  readonly subscribes: boolean;
  /** What metrics show of its objects; absent: nothing. */
  readonly figures?: ObjectFigures<OwnObject>;
  /** Permissions in addition to those that each controller has: list and watch of its own kind, and patch of its status. */
  readonly rights: readonly Right[];
  /** Creates the reconciler. Called once, when the process starts leading. */
  readonly start: (manager: Manager) => StartedController;
}

export interface StartedController {
  readonly reconcile: Reconcile;
  /** Whether a key in work only waits for other keys. Then the metrics do not count its worker as busy. */
  readonly isWaiting?: (key: Key) => boolean;
  /** Work besides the workers, by its name in logs. Each part resolves when `end` aborts, and rejects with a defect. */
  readonly parts?: Readonly<Record<string, (end: AbortSignal) => Promise<void>>>;
}

/** Names a controller in the process: the group resource of its kind. It is the key of its queue, and the controller part of the keys in the source engine. */
export function controllerId({ kind }: Pick<Controller, 'kind'>): string {
  return groupResource(kind.type);
}
