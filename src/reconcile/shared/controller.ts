/**
 * A controller as one value: the kind that it reconciles, how objects of the kind are kept, which changes wake it, its workers, its reconciler and the
 * rights that it needs. The list of controllers (src/app/controllers.ts) is all that the rest of the operator knows of them: watches, queues, workers, the
 * check of the served schemas and the rules of the chart follow from it. CONTRIBUTING.md, "Add a controller", goes through it step by step.
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
  /** The kind whose objects it reconciles: how they are reduced, indexed and counted. */
  readonly kind: OwnKindDefinition<OwnObject>;
  /** Whether this installation runs it. */
  readonly isEnabled: (config: Config) => boolean;
  /** Condition of the chart's template under which it is enabled; absent: always. */
  readonly chartCondition?: string;
  /** How many keys it reconciles at the same time. */
  readonly workers: (config: Config) => number;
  /** Whether the workers are places that namespaces share: one namespace may not have all of them then. */
  readonly sharesWorkers: boolean;
  /** Kinds of Kubernetes that it reads from the view. */
  readonly watches: (config: Config) => readonly SupportingKind[];
  /** Which change of which object wakes which keys. A rule for its own kind is called for each object when the process begins to lead. */
  readonly wakes: (view: ClusterView, queue: Enqueuer) => readonly WakeRule[];
  /** Permissions beside list and watch of its own kind and patch of its status, which each controller has. */
  readonly rights: readonly Right[];
  /** Makes the reconciler. Called once, when the process begins to lead. */
  readonly start: (manager: Manager) => StartedController;
}

export interface StartedController {
  readonly reconcile: Reconcile;
  /** Whether a key that a worker has taken merely waits for others: its worker is not counted then. */
  readonly isWaiting?: (key: Key) => boolean;
  /** Work beside the workers, by its name for logs; each part resolves when `end` aborts and rejects with a defect. */
  readonly parts?: Readonly<Record<string, (end: AbortSignal) => Promise<void>>>;
}
