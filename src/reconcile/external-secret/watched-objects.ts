/** Objects that carry no label of ours and whose change must wake this resource. Pure. */
import type { Failure } from '../../api/failure.ts';
import type { ExternalSecretObject } from '../../api/external-secret.ts';
import { builtin } from '../../api/builtin-types.ts';
import type { SyncResult } from './sync-result.ts';
import type { ObjectReference } from '../../watch/port.ts';

/** Failures that end when the target Secret itself changes or goes. */
const ABOUT_TARGET: ReadonlySet<Failure['reason']> = new Set([
  'TargetNotOwned',
  'TargetOwnedByOther',
  'TargetMissing',
  'TargetImmutable',
  'TargetTypeChanged',
  'TargetReserved',
  'MergeKeyConflict',
]);

export function watchedObjects(resource: ExternalSecretObject, { secretName, failure }: SyncResult): readonly ObjectReference[] {
  if (failure === undefined || secretName === undefined || !ABOUT_TARGET.has(failure.reason)) return [];
  return [{ type: builtin.secret, namespace: resource.metadata.namespace ?? '', name: secretName }];
}
