/** Whether the cached target has the type, owner, labels and annotations that the specification asks for. Pure. */
import type { ExternalSecretSpec } from '../../api/external-secret.ts';
import type { DialectLabels } from '../../api/dialect.ts';
import { valueIn } from '../../api/object.ts';
import type { ManagedSecret } from '../../apply/managed-secret.ts';

export function targetShapeHolds(secret: ManagedSecret, spec: ExternalSecretSpec, uid: string, own: DialectLabels): boolean {
  const template = spec.target?.template;
  const policy = spec.target?.creationPolicy ?? 'Owner';
  const owned = secret.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.controller === true) ?? false;
  if (owned !== (policy === 'Owner')) return false;
  // A Secret that is merged into keeps the type and the freedom that its own maker gave it.
  if (policy !== 'Merge' && !bodyHolds(secret, spec)) return false;
  const labels = { ...template?.metadata?.labels, [own.managed]: 'true' };
  return has(secret.metadata.labels, labels) && has(secret.metadata.annotations, template?.metadata?.annotations);
}

function bodyHolds(secret: ManagedSecret, { target }: ExternalSecretSpec): boolean {
  return secret.type === (target?.template?.type ?? 'Opaque') && secret.immutable === (target?.immutable ?? false);
}

function has(live: Readonly<Record<string, string>> | undefined, wanted: Readonly<Record<string, string>> = {}): boolean {
  return Object.entries(wanted).every(([name, value]) => valueIn(live, name) === value);
}
