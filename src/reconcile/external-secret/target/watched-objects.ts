/** Objects without the label of the operator whose changes must enqueue this resource. Pure. */
import type { Failure } from '../../../failure/failure.ts';
import type { ExternalSecretObject } from '../../../api/schema/external-secret.ts';
import { builtin } from '../../../api/object/builtin-types.ts';
import type { SyncResult } from '../sync-result.ts';
import type { ObjectReference } from '../../../watch/port.ts';

/** Failures that can end with a change or a deletion of the target Secret. */
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
