/** Interests in objects that stores and ExternalSecrets name, joined with what they mean: credentials that changed wake their stores and whoever uses those. */
import type { DialectKinds } from '../../api/dialect.ts';
import { isAbortBy } from '../../base/abort.ts';
import type { Key } from '../../base/key.ts';
import { nameOf } from '../../base/key.ts';
import type { Clock } from '../../base/clock.ts';
import type { Config } from '../../config.ts';
import type { ListWatcher } from '../../kube/port.ts';
import { priority } from '../../base/priority.ts';
import type { CredentialCache } from '../../resolve/credential-cache.ts';
import type { KubeMetrics } from '../../telemetry/kube-metrics.ts';
import { untilAborted } from '../../base/waiting.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { ObjectInterests } from '../../watch/object-interests.ts';
import { ObjectVersions } from '../../watch/object-versions.ts';
import type { ObjectReference, ReferencedObjects } from '../../watch/port.ts';
import type { Queues } from '../shared/queues.ts';
import { wakeUsers, type WakeContext } from '../../view/wake-rules.ts';

export interface ReferencedOptions {
  readonly kinds: DialectKinds;
  readonly watcher: ListWatcher;
  /** An installation for the whole cluster may watch it as one. */
  readonly config: Pick<Config, 'namespaces'>;
  readonly credentials: CredentialCache;
  readonly queues: Queues;
  readonly wake: WakeContext;
  readonly metrics: KubeMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Whoever declares is known by what it is, because keys of a SecretStore and of an ExternalSecret may be equal. */
export interface ReferencedByKind {
  readonly externalSecrets: ReferencedObjects;
  readonly secretStores: ReferencedObjects;
  readonly clusterSecretStores: ReferencedObjects;
  /** A part of the work: resolves when `end` aborts, rejects with the defect of a watch. */
  readonly run: (end: AbortSignal) => Promise<void>;
}

export function referencedObjects(options: ReferencedOptions): ReferencedByKind {
  const { externalSecret, secretStore, clusterSecretStore } = options.kinds;
  const defect = Promise.withResolvers<never>();
  // It may come while nobody waits for it.
  defect.promise.catch(() => undefined);
  const versions = sharedVersions(options, defect.reject);
  return {
    run: (end) => untilEnd(defect.promise, end),
    externalSecrets: interests(options, versions, false, (key) => {
      options.logger.debug({ kind: externalSecret.kind, key }, 'woken by a referenced object');
      options.queues.externalSecrets.add(key, priority.change);
    }),
    secretStores: interests(options, versions, true, (key) => {
      const { namespace, name } = nameOf(key);
      options.queues.secretStores.add(key, priority.change);
      wakeUsers(secretStore.kind, namespace, name, options.wake);
    }),
    clusterSecretStores: interests(options, versions, true, (key) => {
      options.queues.clusterSecretStores.add(key, priority.change);
      wakeUsers(clusterSecretStore.kind, '', nameOf(key).name, options.wake);
    }),
  };
}

async function untilEnd(defect: Promise<never>, end: AbortSignal): Promise<void> {
  try {
    await untilAborted(defect, end);
  } catch (error) {
    if (!isAbortBy(end, error)) throw error;
  }
}

function sharedVersions(
  { watcher, config, metrics, logger, clock, signal }: ReferencedOptions,
  onDefect: (error: unknown) => void,
): ObjectVersions {
  return new ObjectVersions({
    watcher,
    clusterWide: config.namespaces.length === 0,
    clock,
    signal,
    onFailure: ({ kind }, namespace, failure) => {
      metrics.watchRestarted(kind, failure.kind);
      logger.warn({ kind, namespace, problem: failure.message }, 'watch of referenced objects failed; trying again');
    },
    onError: (error) => {
      logger.error({ err: error }, 'version of a referenced object could not be told; this is a defect');
    },
    onDefect,
  });
}

/** `kept`: what was read of these objects is in the cache of credentials, which tells at the first sight whether anything is new. */
function interests(
  { credentials }: ReferencedOptions,
  versions: ObjectVersions,
  kept: boolean,
  wakeDependant: (key: Key) => void,
): ObjectInterests {
  return new ObjectInterests({
    versions,
    onVersion: (object, version, dependants, sight) => {
      const other = credentials.seen(kindOf(object), object, version);
      // What was read is still what is there: the first sight of credentials brings no news.
      if (other || sight === 'changed' || (sight === 'first' && !kept)) for (const key of dependants) wakeDependant(key);
    },
    onForgotten: (object) => {
      credentials.forget(kindOf(object), object);
    },
  });
}

function kindOf({ type }: ObjectReference): 'Secret' | 'ServiceAccount' {
  return type.kind === 'ServiceAccount' ? 'ServiceAccount' : 'Secret';
}
