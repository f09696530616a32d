/** Reconciles an ExternalSecret only if all kinds that it needs have been listed. Otherwise reports the missing kinds on it. */
import type { ExternalSecretObject } from '../../api/schema/external-secret.ts';
import type { DialectKinds } from '../../api/dialect.ts';
import { storeRefsIn } from '../../api/schema/store-refs.ts';
import type { Reconcile, WorkResult } from '../../queue/port.ts';
import type { ObjectStore } from '../../watch/port.ts';
import { type ListedKinds, missingKinds, type RequiredKinds, type UnlistedKind } from '../../view/listed-kinds.ts';

/** All dialects have this name. */
const CLUSTER_STORE: DialectKinds['clusterSecretStore']['kind'] = 'ClusterSecretStore';

export interface ServedOnlyOptions {
  readonly coverage: Pick<ListedKinds, 'missing'>;
  readonly requires: RequiredKinds;
  readonly resources: Pick<ObjectStore<ExternalSecretObject>, 'get'>;
  /** Reports the missing kinds and their namespaces on the resource. */
  readonly reportMissing: (resource: ExternalSecretObject, missing: string, signal: AbortSignal) => Promise<WorkResult>;
}

/** The key is queued again when a missing kind has been listed. */
export function servedOnly(reconcile: Reconcile, { coverage, requires, resources, reportMissing }: ServedOnlyOptions): Reconcile {
  return async (key, signal, recorded) => {
    const resource = resources.get(key);
    const missing = resource === undefined ? [] : missingFor(resource, requires, coverage);
    if (resource === undefined || missing.length === 0) return await reconcile(key, signal, recorded);
    return await reportMissing(resource, missingKinds(missing), signal);
  };
}

function missingFor(
  { metadata: { namespace = '' }, spec, notKept }: ExternalSecretObject,
  { always, sometimes }: RequiredKinds,
  coverage: Pick<ListedKinds, 'missing'>,
): readonly UnlistedKind[] {
  const missing = coverage.missing(always, namespace);
  // An object that is not kept only gets its condition, which says so. The kinds that its store needs do not matter then.
  if (notKept !== undefined && missing.length === 0) return [];
  return usesClusterStore(spec) ? [...missing, ...coverage.missing(sometimes, namespace)] : missing;
}

function usesClusterStore(spec: ExternalSecretObject['spec']): boolean {
  return storeRefsIn(spec).some(({ kind }) => kind === CLUSTER_STORE);
}
