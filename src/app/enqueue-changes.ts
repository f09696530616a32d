/**
 * From changes in the cluster to keys in the queues, while this process leads. A standby queues nothing: the leader does that work, nothing of a
 * standby would ever be taken out, and when it begins to lead it looks at every object anyway.
 */
import type { Dialect } from '../api/dialect.ts';
import type { KubeObject } from '../api/object.ts';
import { keyOf } from '../base/key.ts';
import { priority } from '../base/priority.ts';
import { inSlices } from '../base/slices.ts';
import type { SlicedWork } from '../base/time-slices.ts';
import type { EventHandler, ObjectStore } from '../watch/port.ts';
import type { ClusterView, ViewHandlers } from '../view/cluster-view.ts';
import type { Queues } from '../reconcile/shared/queues.ts';
import { onExternalSecret, onManagedSecret, onNamespace, onStore, onWorkload } from '../view/wake-rules.ts';

export interface ChangeHandlers {
  readonly handlers: ViewHandlers;
  /** Queues what is there, and from now on what changes. For the leader, once. */
  readonly start: () => Promise<void>;
  /** Queues the ExternalSecrets of a namespace (empty: all), because a kind that they may depend on has been listed there. */
  readonly synced: (kind: string, namespace: string) => void;
}

export interface EnqueueOptions {
  /** Of the group that the view is of. */
  readonly dialect: Pick<Dialect, 'kinds' | 'annotations'>;
  /** The event loop, shared with all other long loops. */
  readonly work: SlicedWork;
  /** An object could not be looked at, which is a defect; all others are. */
  readonly onError: (error: unknown) => void;
}

export function enqueueChanges(
  view: ClusterView,
  queues: Queues,
  { dialect: { kinds, annotations }, work, onError }: EnqueueOptions,
): ChangeHandlers {
  let leading = false;
  const gated = <T extends KubeObject>(handler: EventHandler<T>): EventHandler<T> => {
    return (event) => {
      if (leading) handler(event);
    };
  };
  const wake = { externalSecrets: view.externalSecrets, queue: queues.externalSecrets };
  const handlers: ViewHandlers = {
    externalSecret: gated(onExternalSecret(wake, annotations.forceSync)),
    secretStore: gated(onStore('SecretStore', wake, queues.secretStores)),
    clusterSecretStore: gated(onStore('ClusterSecretStore', wake, queues.clusterSecretStores)),
    namespace: gated(onNamespace(wake)),
    managedSecret: gated(onManagedSecret(wake)),
    workload: gated(onWorkload(wake, view.managedSecrets)),
  };
  return {
    handlers,
    start: async () => {
      leading = true;
      await tellAll(view.secretStores, work, handlers.secretStore, onError);
      await tellAll(view.clusterSecretStores, work, handlers.clusterSecretStore, onError);
      await tellAll(view.externalSecrets, work, handlers.externalSecret, onError);
    },
    synced: (kind, namespace) => {
      if (!leading || kind === kinds.externalSecret.kind) return;
      const wakeIn = ({ metadata }: KubeObject): void => {
        if (namespace === '' || metadata.namespace === namespace) {
          queues.externalSecrets.add(keyOf(metadata.namespace ?? '', metadata.name), priority.change);
        }
      };
      void inSlices(view.externalSecrets.list(), work, guarded(wakeIn, onError));
    },
  };
}

/** As the first list does. What changes meanwhile is told by its own event. */
async function tellAll<T extends KubeObject>(
  store: ObjectStore<T>,
  work: SlicedWork,
  handler: EventHandler<T>,
  onError: (error: unknown) => void,
): Promise<void> {
  await inSlices(
    store.list(),
    work,
    guarded((object) => handler({ type: 'added', object, initial: true }), onError),
  );
}

/** As reflectors call their handlers. */
function guarded<T>(work: (item: T) => void, onError: (error: unknown) => void): (item: T) => void {
  return (item) => {
    try {
      work(item);
    } catch (error) {
      onError(error);
    }
  };
}
