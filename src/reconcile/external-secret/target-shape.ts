/** Whether the cached target has the type, owner, labels and annotations of the specification. Pure. */
import type { ExternalSecretSpec } from '../../api/schema/external-secret.ts';
import type { DialectLabels } from '../../api/dialect.ts';
import { valueIn } from '../../api/object/object.ts';
import type { ManagedSecret } from '../../apply/managed-secret.ts';

export function targetShapeHolds(secret: ManagedSecret, spec: ExternalSecretSpec, uid: string, own: DialectLabels): boolean {
  const policy = spec.target?.creationPolicy ?? 'Owner';
  if (isOwnedBy(secret, uid) !== (policy === 'Owner')) return false;
  // With Merge, the creator of the Secret chose its type and immutability.
  return (policy === 'Merge' || bodyHolds(secret, spec)) && metadataHolds(secret, spec, own);
}

function isOwnedBy({ metadata }: ManagedSecret, uid: string): boolean {
  return metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.controller === true) ?? false;
}

function metadataHolds({ metadata }: ManagedSecret, { target }: ExternalSecretSpec, { managed }: DialectLabels): boolean {
  const wanted = target?.template?.metadata;
  return has(metadata.labels, { ...wanted?.labels, [managed]: 'true' }) && has(metadata.annotations, wanted?.annotations);
}

function bodyHolds(secret: ManagedSecret, { target }: ExternalSecretSpec): boolean {
  return secret.type === (target?.template?.type ?? 'Opaque') && secret.immutable === (target?.immutable ?? false);
}

function has(live: Readonly<Record<string, string>> | undefined, wanted: Readonly<Record<string, string>> = {}): boolean {
  return Object.entries(wanted).every(([name, value]) => valueIn(live, name) === value);
}
