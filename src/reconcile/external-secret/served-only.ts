/** Reconciles an ExternalSecret only if all kinds that it needs have been listed. Otherwise reports the missing kinds on it. */
import type { ExternalSecretObject } from '../../api/external-secret.ts';
import type { WorkResult } from '../../queue/port.ts';
import type { ObjectStore } from '../../watch/port.ts';
import type { Reconcile } from '../shared/queues.ts';
import { type Coverage, missingKinds } from '../../view/coverage.ts';

export interface ServedOnlyOptions {
  readonly coverage: Pick<Coverage, 'missingFor' | 'serves'>;
  readonly resources: Pick<ObjectStore<ExternalSecretObject>, 'get'>;
  /** Reports the missing kinds and their namespaces on the resource. */
  readonly reportMissing: (resource: ExternalSecretObject, missing: string, signal: AbortSignal) => Promise<WorkResult>;
}

/** The key is queued again when a missing kind has been listed. */
export function servedOnly(reconcile: Reconcile, { coverage, resources, reportMissing }: ServedOnlyOptions): Reconcile {
  return async (key, signal) => {
    const resource = resources.get(key);
    if (resource === undefined || needsNoStore(resource, coverage)) return await reconcile(key, signal);
    const missing = coverage.missingFor(resource);
    return missing.length === 0 ? await reconcile(key, signal) : await reportMissing(resource, missingKinds(missing), signal);
  };
}

/** An object that is not kept only gets its condition, which says so. The kinds that its store needs do not matter then. */
function needsNoStore({ metadata: { namespace = '' }, notKept }: ExternalSecretObject, coverage: Pick<Coverage, 'serves'>): boolean {
  return notKept !== undefined && coverage.serves(namespace);
}
