/**
 * Queues keys for changes in the cluster while this process leads. A standby queues no keys, because its workers do not run, and it queues
 * all objects when it starts to lead.
 */
import type { KubeObject } from '../../api/object/object.ts';
import { priority } from '../../base/priority.ts';
import { inSlices } from '../../base/time/slices.ts';
import type { TimeSlices } from '../../base/time/time-slices.ts';
import { type Controller, controllerId } from './controller.ts';
import type { Queues } from './queues.ts';
import { type ClusterView, ownKind } from '../../view/cluster-view.ts';
import type { HandlerOf } from '../../view/reflectors.ts';
import { SlicedWakes } from '../../view/sliced-wakes.ts';
import { inOrder, type WakeRule } from '../../view/wake-rule.ts';
import type { EventHandler } from '../../watch/port.ts';
import { keyOfObject } from '../../watch/store.ts';

export interface ChangeHandlers {
  readonly handlerOf: HandlerOf;
  /** Queues all objects, and after that each object that changes. Called once, by the leader. */
  readonly start: () => Promise<void>;
  /** The kind with this id has been listed in a namespace (empty: the whole cluster): queues the objects there whose controllers read it in addition to their own kind. */
  readonly synced: (id: string, namespace: string) => void;
}

export interface EnqueueOptions {
  readonly controllers: readonly Controller[];
  /** The event loop, shared with all other long loops. */
  readonly slices: Pick<TimeSlices, 'worker'>;
  /** The handling of an object has failed, which is a defect. The other objects are handled. */
  readonly onError: (error: unknown) => void;
}

interface Woken {
  readonly controller: Controller;
  readonly rules: readonly WakeRule[];
}

export function enqueueChanges(view: ClusterView, queues: Queues, { controllers, slices, onError }: EnqueueOptions): ChangeHandlers {
  const work = slices.worker('');
  let leading = false;
  const woken: readonly Woken[] = controllers.map((controller) => ({
    controller,
    rules: controller.wakes(view, queues.of(controllerId(controller)), new SlicedWakes(slices, onError)),
  }));
  const objectsOf = ({ controller }: Woken): Iterable<KubeObject> => ownKind(view, controller.kind.type).store.list();
  return {
    handlerOf: (id) => {
      const handler = inOrder(...woken.flatMap(({ rules }) => handlersFor(id, rules)));
      return (event) => {
        if (leading) handler(event);
      };
    },
    start: async () => {
      leading = true;
      for (const one of woken) {
        const handler = inOrder(...handlersFor(controllerId(one.controller), one.rules));
        await inSlices(
          objectsOf(one),
          work,
          guarded((object) => handler({ type: 'added', object, initial: true }), onError),
        );
      }
    },
    synced: (id, namespace) => {
      if (!leading) return;
      for (const one of woken.filter(({ controller, rules }) => id !== controllerId(controller) && handlersFor(id, rules).length > 0)) {
        const queue = queues.of(controllerId(one.controller));
        const wakeIn = (object: KubeObject): void => {
          if (namespace === '' || object.metadata.namespace === namespace) queue.add(keyOfObject(object), priority.change);
        };
        void inSlices(objectsOf(one), work, guarded(wakeIn, onError));
      }
    },
  };
}

function handlersFor(id: string, rules: readonly WakeRule[]): readonly EventHandler<KubeObject>[] {
  return rules.filter((rule) => rule.id === id).map(({ handle }) => handle);
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
