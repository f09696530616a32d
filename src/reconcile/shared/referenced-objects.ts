/** Watches the objects to which resources refer by name. A changed object leaves the cache of credentials and wakes the resources that refer to it. */
import { builtin } from '../../api/object/builtin-types.ts';
import { groupResource } from '../../api/object/resource-type.ts';
import type { Key } from '../../base/key.ts';
import type { CredentialCache } from '../../resolve/credentials/credential-cache.ts';
import { untilEnd } from '../../base/waiting.ts';
import { ObjectDependants } from '../../watch/object-dependants.ts';
import type { ObjectVersions } from '../../watch/object-versions.ts';
import type { ObjectReference, ReferencedObjects } from '../../watch/port.ts';
import { leaderVersions, type LeaderVersionsOptions } from './leader-versions.ts';

export interface ReferencedOptions extends Omit<LeaderVersionsOptions, 'fieldSelectorOf'> {
  readonly credentials: CredentialCache;
}

export interface InterestOptions {
  /** Whether Secrets and ServiceAccounts were read into the cache of credentials. Their first observed version is not a change then. */
  readonly isCached: boolean;
  /** An object to which the resource of this key refers has changed. */
  readonly wake: (key: Key) => void;
}

export interface ReferencedObjectVersions {
  /** The references of one controller. They are separate because controllers may have equal keys. */
  readonly for: (options: InterestOptions) => ReferencedObjects;
  /** A part of the work: resolves when `end` aborts, rejects with the defect of a watch. */
  readonly run: (end: AbortSignal) => Promise<void>;
}

export function referencedObjects(options: ReferencedOptions): ReferencedObjectVersions {
  const defect = Promise.withResolvers<never>();
  // The defect can come before `run` waits for it.
  defect.promise.catch(() => undefined);
  const { credentials, ...observed } = options;
  const versions = leaderVersions(observed, { one: 'a referenced object', all: 'referenced objects' }, defect.reject);
  return {
    run: (end) => untilEnd(defect.promise, end),
    for: (interest) => interests(credentials, versions, interest),
  };
}

function interests(credentials: CredentialCache, versions: ObjectVersions, { isCached, wake }: InterestOptions): ObjectDependants {
  return new ObjectDependants({
    versions,
    onVersion: (object, version, dependants, observation) => {
      const kind = credentialKind(object);
      const other = kind !== undefined && credentials.seen(kind, object, version);
      // The first observation of cached credentials is a change only if the cache has read another version.
      const isNews = observation === 'changed' || (observation === 'first' && !(isCached && kind !== undefined));
      if (other || isNews) for (const key of dependants) wake(key);
    },
    onForgotten: (object) => {
      const kind = credentialKind(object);
      if (kind !== undefined) credentials.forget(kind, object);
    },
  });
}

/** Undefined for a kind that holds no credentials: the cache has no objects of it. */
function credentialKind({ type }: ObjectReference): 'Secret' | 'ServiceAccount' | undefined {
  const id = groupResource(type);
  if (id === groupResource(builtin.secret)) return 'Secret';
  return id === groupResource(builtin.serviceAccount) ? 'ServiceAccount' : undefined;
}
