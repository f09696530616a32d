/** Watches of single objects, joined with what they mean: credentials that changed wake their stores and whoever uses those. */
import { names } from '../api/names.ts';
import type { Key } from '../base/key.ts';
import { nameOf } from '../base/key.ts';
import type { ListWatcher } from '../kube/port.ts';
import { priority } from '../base/priority.ts';
import type { CredentialCache } from '../resolve/credential-cache.ts';
import type { KubeMetrics } from '../telemetry/kube-metrics.ts';
import type { Logger } from '../telemetry/logger.ts';
import { ObjectWatches } from '../watch/object-watches.ts';
import type { ObjectReference, ReferencedObjects } from '../watch/port.ts';
import type { Queues } from './controllers.ts';
import { wakeUsers, type WakeContext } from './wake.ts';

export interface ReferencedOptions {
  readonly watcher: ListWatcher;
  readonly credentials: CredentialCache;
  readonly queues: Queues;
  readonly wake: WakeContext;
  readonly metrics: KubeMetrics;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Whoever declares is known by what it is, because keys of a SecretStore and of an ExternalSecret may be equal. */
export interface ReferencedByKind {
  readonly externalSecrets: ReferencedObjects;
  readonly secretStores: ReferencedObjects;
  readonly clusterSecretStores: ReferencedObjects;
}

export function referencedObjects(options: ReferencedOptions): ReferencedByKind {
  const { externalSecret, secretStore, clusterSecretStore } = names.kinds;
  return {
    externalSecrets: objectWatches(options, false, (key) => {
      options.logger.debug({ kind: externalSecret.kind, key }, 'woken by a referenced object');
      options.queues.externalSecrets.add(key, priority.change);
    }),
    secretStores: objectWatches(options, true, (key) => {
      const { namespace, name } = nameOf(key);
      options.queues.secretStores.add(key, priority.change);
      wakeUsers(secretStore.kind, namespace, name, options.wake);
    }),
    clusterSecretStores: objectWatches(options, true, (key) => {
      options.queues.clusterSecretStores.add(key, priority.change);
      wakeUsers(clusterSecretStore.kind, '', nameOf(key).name, options.wake);
    }),
  };
}

/** `kept`: what was read of these objects is in the cache of credentials, which tells at the first sight whether anything is new. */
function objectWatches(options: ReferencedOptions, kept: boolean, wakeDependant: (key: Key) => void): ObjectWatches {
  const { credentials, metrics, logger, signal, watcher } = options;
  return new ObjectWatches({
    watcher,
    signal,
    onVersion: (object, version, dependants, sight) => {
      const other = credentials.seen(kindOf(object), object, version);
      // What was read is still what is there: the first sight of credentials brings no news.
      if (other || sight === 'changed' || (sight === 'first' && !kept)) for (const key of dependants) wakeDependant(key);
    },
    onForgotten: (object) => {
      credentials.forget(kindOf(object), object);
    },
    onFailure: (object, failure) => {
      metrics.watchRestarted(object.type.kind, failure.kind);
      logger.warn(
        { kind: object.type.kind, namespace: object.namespace, name: object.name, problem: failure.message },
        'watch failed; trying again',
      );
    },
    onError: (error) => {
      logger.error({ err: error }, 'watch of a referenced object ended');
    },
  });
}

function kindOf({ type }: ObjectReference): 'Secret' | 'ServiceAccount' {
  return type.kind === 'ServiceAccount' ? 'ServiceAccount' : 'Secret';
}
