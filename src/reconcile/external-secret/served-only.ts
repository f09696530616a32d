/** Holds back ExternalSecrets of which not everything is known that decides about them, and has it said on each of them. */
import type { ExternalSecretObject } from '../../api/external-secret.ts';
import type { WorkResult } from '../../queue/port.ts';
import type { ObjectStore } from '../../watch/port.ts';
import type { Reconcile } from '../shared/queues.ts';
import { type Coverage, missingKinds } from '../../view/coverage.ts';

export interface ServedOnlyOptions {
  readonly coverage: Pick<Coverage, 'missingFor'>;
  readonly resources: Pick<ObjectStore<ExternalSecretObject>, 'get'>;
  /** Says on the resource which kinds are missing, and where. */
  readonly heldBack: (resource: ExternalSecretObject, missing: string, signal: AbortSignal) => Promise<WorkResult>;
}

/** A resource that is held back is queued again when what is missing has been listed. */
export function servedOnly(reconcile: Reconcile, { coverage, resources, heldBack }: ServedOnlyOptions): Reconcile {
  return async (key, signal) => {
    const resource = resources.get(key);
    const missing = resource === undefined ? [] : coverage.missingFor(resource);
    if (resource === undefined || missing.length === 0) return await reconcile(key, signal);
    return await heldBack(resource, missingKinds(missing), signal);
  };
}
