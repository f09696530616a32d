/**
 * Queues keys for changes in the cluster while this process leads. A standby queues no keys, because its workers do not run, and it queues
 * all objects when it starts to lead.
 */
import type { KubeObject } from '../api/object.ts';
import { priority } from '../base/priority.ts';
import { inSlices } from '../base/slices.ts';
import type { SlicedWork } from '../base/time-slices.ts';
import type { Controller } from '../reconcile/shared/controller.ts';
import type { Queues } from '../reconcile/shared/queues.ts';
import { type ClusterView, ownKind } from '../view/cluster-view.ts';
import type { HandlerOf } from '../view/reflectors.ts';
import { inOrder, type WakeRule } from '../view/wake-rule.ts';
import type { EventHandler } from '../watch/port.ts';
import { workloadKinds } from '../api/workload-kinds.ts';
import { keyOfObject } from '../watch/store.ts';

export interface ChangeHandlers {
  readonly handlerOf: HandlerOf;
  /** Queues all objects, and after that each object that changes. Called once, by the leader. */
  readonly start: () => Promise<void>;
  /**
   * This kind has been listed in a namespace ('': the whole cluster). Queues the objects there whose controllers read the kind in addition
   * to their own kind.
   */
  readonly synced: (kind: string, namespace: string) => void;
}

export interface EnqueueOptions {
  readonly controllers: readonly Controller[];
  /** The event loop, shared with all other long loops. */
  readonly work: SlicedWork;
  /** The handling of an object has failed, which is a defect. The other objects are handled. */
  readonly onError: (error: unknown) => void;
}

interface Woken {
  readonly controller: Controller;
  readonly rules: readonly WakeRule[];
}

export function enqueueChanges(view: ClusterView, queues: Queues, { controllers, work, onError }: EnqueueOptions): ChangeHandlers {
  let leading = false;
  const woken: readonly Woken[] = controllers.map((controller) => ({
    controller,
    rules: controller.wakes(view, queues.of(controller.name)),
  }));
  const objectsOf = ({ controller }: Woken): Iterable<KubeObject> => ownKind(view.own, controller.kind.type.kind).store.list();
  return {
    handlerOf: (kind) => {
      const handler = inOrder(...woken.flatMap(({ rules }) => handlersFor(kind, rules)));
      return (event) => {
        if (leading) handler(event);
      };
    },
    start: async () => {
      leading = true;
      for (const one of woken) {
        const handler = inOrder(...handlersFor(one.controller.kind.type.kind, one.rules));
        await inSlices(
          objectsOf(one),
          work,
          guarded((object) => handler({ type: 'added', object, initial: true }), onError),
        );
      }
    },
    synced: (kind, namespace) => {
      if (!leading) return;
      for (const one of woken.filter(({ controller, rules }) => kind !== controller.kind.type.kind && reads(kind, rules))) {
        const queue = queues.of(one.controller.name);
        const wakeIn = (object: KubeObject): void => {
          if (namespace === '' || object.metadata.namespace === namespace) queue.add(keyOfObject(object), priority.change);
        };
        void inSlices(objectsOf(one), work, guarded(wakeIn, onError));
      }
    },
  };
}

function handlersFor(kind: string, rules: readonly WakeRule[]): readonly EventHandler<KubeObject>[] {
  return rules.filter((rule) => rule.kind === kind).map(({ handle }) => handle);
}

const WORKLOADS: ReadonlySet<string> = new Set(workloadKinds);

/** Rules for workloads apply to all their kinds. */
function reads(kind: string, rules: readonly WakeRule[]): boolean {
  const name = WORKLOADS.has(kind) ? 'Workload' : kind;
  return rules.some((rule) => rule.kind === name);
}

/** An error of one object does not stop the loop. Reflectors call their handlers in the same way. */
function guarded<T>(handle: (item: T) => void, onError: (error: unknown) => void): (item: T) => void {
  return (item) => {
    try {
      handle(item);
    } catch (error) {
      onError(error);
    }
  };
}
