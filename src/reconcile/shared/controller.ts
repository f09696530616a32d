/**
 * A controller as one value: its kind, the kept form of its objects, the changes that enqueue its keys, its workers, its reconciler and its
 * permissions. Watches, queues, workers, the check of the served schemas and the rules of the chart follow from the list of controllers
 * (src/app/controllers.ts). CONTRIBUTING.md, "Add a controller", shows the steps.
 */
import type { OwnObject } from '../../api/object.ts';
import type { Right } from '../../api/rights.ts';
import type { Key } from '../../base/key.ts';
import type { Config } from '../../config.ts';
import type { Enqueuer } from '../../queue/port.ts';
import type { ClusterView, SupportingKind } from '../../view/cluster-view.ts';
import type { OwnKindDefinition } from '../../view/own-kinds.ts';
import type { WakeRule } from '../../view/wake-rule.ts';
import type { Manager } from './manager.ts';
import type { Reconcile } from './queues.ts';

export interface Controller {
  /** Name of its queue and its value of the metric label `controller`: the kind in lower case. */
  readonly name: string;
  /** The kind of its objects, with the functions that reduce, index and count them. */
  readonly kind: OwnKindDefinition<OwnObject>;
  /** Whether this installation runs it. */
  readonly isEnabled: (config: Config) => boolean;
  /** Condition of the chart's template under which it is enabled and has its rights; absent: always. */
  readonly chartCondition?: string;
  /** Number of keys that it reconciles at the same time. */
  readonly workers: (config: Config) => number;
  /** Whether namespaces share the workers. Then one namespace cannot use all of them. */
  readonly sharesWorkers: boolean;
  /** Kubernetes kinds that it reads from the view. */
  readonly watches: (config: Config) => readonly SupportingKind[];
  /** The changes that queue keys. When the process starts leading, the rules for its own kind get each object. */
  readonly wakes: (view: ClusterView, queue: Enqueuer) => readonly WakeRule[];
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
