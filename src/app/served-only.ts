/** Holds back ExternalSecrets of which not everything is known that decides about them, and says so on each of them. */
import type { ExternalSecretObject } from '../api/external-secret.ts';
import type { EventRecorder } from '../kube/port.ts';
import type { ObjectStore } from '../watch/port.ts';
import type { Reconcile } from './controllers.ts';
import { type Coverage, describeUnread } from './coverage.ts';

export interface ServedOnlyOptions {
  readonly coverage: Pick<Coverage, 'missingFor'>;
  readonly resources: Pick<ObjectStore<ExternalSecretObject>, 'get'>;
  readonly events: EventRecorder;
}

/** Whoever is held back is queued again when what is missing has been listed. */
export function servedOnly(reconcile: Reconcile, { coverage, resources, events }: ServedOnlyOptions): Reconcile {
  return async (key, signal) => {
    const resource = resources.get(key);
    const missing = resource === undefined ? [] : coverage.missingFor(resource);
    if (resource === undefined || missing.length === 0) return await reconcile(key, signal);
    const note = `not worked on until the operator can list ${describeUnread(missing)}`;
    events.record({ regarding: resource, type: 'Warning', reason: 'Forbidden', note, action: 'Sync' });
    return { kind: 'done' };
  };
}
