/** Interests in objects that resources name, joined with the cache of credentials: an object that has changed wakes the resources that name it. */
import { isAbortBy } from '../../base/abort.ts';
import type { Key } from '../../base/key.ts';
import type { Clock } from '../../base/clock.ts';
import type { Config } from '../../config.ts';
import type { ListWatcher } from '../../kube/port.ts';
import type { CredentialCache } from '../../resolve/credential-cache.ts';
import type { KubeMetrics } from '../../telemetry/kube-metrics.ts';
import { untilAborted } from '../../base/waiting.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { ObjectDependants } from '../../watch/object-dependants.ts';
import { ObjectVersions } from '../../watch/object-versions.ts';
import type { ObjectReference, ReferencedObjects } from '../../watch/port.ts';

export interface ReferencedOptions {
  readonly watcher: ListWatcher;
  /** An installation for the whole cluster may watch it as one. */
  readonly config: Pick<Config, 'namespaces'>;
  readonly credentials: CredentialCache;
  readonly metrics: KubeMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface InterestOptions {
  /** Whether what was read of the objects is in the cache of credentials: their first version is no change then. */
  readonly isCached: boolean;
  /** An object that the resource of this key names is not what it was. */
  readonly wake: (key: Key) => void;
}

export interface ReferencedObjectVersions {
  /** The interests of one controller: keys of two controllers may be equal. */
  readonly for: (options: InterestOptions) => ReferencedObjects;
  /** A part of the work: resolves when `end` aborts, rejects with the defect of a watch. */
  readonly run: (end: AbortSignal) => Promise<void>;
}

export function referencedObjects(options: ReferencedOptions): ReferencedObjectVersions {
  const defect = Promise.withResolvers<never>();
  // It may come while nobody waits for it.
  defect.promise.catch(() => undefined);
  const versions = sharedVersions(options, defect.reject);
  return {
    run: (end) => untilEnd(defect.promise, end),
    for: (interest) => interests(options, versions, interest),
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

function interests({ credentials }: ReferencedOptions, versions: ObjectVersions, { isCached, wake }: InterestOptions): ObjectDependants {
  return new ObjectDependants({
    versions,
    onVersion: (object, version, dependants, observation) => {
      const other = credentials.seen(kindOf(object), object, version);
      // What was read is still what is there: the first observation of credentials brings no news.
      if (other || observation === 'changed' || (observation === 'first' && !isCached)) for (const key of dependants) wake(key);
    },
    onForgotten: (object) => {
      credentials.forget(kindOf(object), object);
    },
  });
}

function kindOf({ type }: ObjectReference): 'Secret' | 'ServiceAccount' {
  return type.kind === 'ServiceAccount' ? 'ServiceAccount' : 'Secret';
}
