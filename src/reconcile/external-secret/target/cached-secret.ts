/** Gets the cached target of an ExternalSecret, with the record of this ExternalSecret checked against its content. */
import type { ExternalSecretObject, ExternalSecretSpec } from '../../../api/schema/external-secret.ts';
import type { Outcome } from '../../../failure/failure.ts';
import { builtin } from '../../../api/object/builtin-types.ts';
import type { SecretObject } from '../../../api/object/object.ts';
import { reduceSecret, type ManagedSecret } from '../../../apply/managed-secret.ts';
import { keyOf } from '../../../base/key.ts';
import { failed, ok } from '../../../base/result.ts';
import { failureOf } from '../../../kube/failure-of.ts';
import type { ExternalSecretContext } from '../context.ts';
import { targetName } from '../subject.ts';

/**
 * Undefined: the target does not exist, or the policy writes none. The two kinds have separate watches, so a Secret may arrive before its
 * ExternalSecret. Then the reduced Secret has no record of this ExternalSecret, unless it is the controller, and the Secret is read once
 * more.
 */
export async function cachedSecret(
  resource: ExternalSecretObject,
  spec: ExternalSecretSpec,
  { managedSecrets, client, digestKey, dialect }: ExternalSecretContext,
  signal: AbortSignal,
): Promise<Outcome<ManagedSecret | undefined>> {
  if (spec.target?.creationPolicy === 'None') return ok(undefined);
  const { namespace = '', uid } = resource.metadata;
  const name = targetName(resource, spec);
  const cached = managedSecrets.get(keyOf(namespace, name));
  if (cached === undefined || cached.writers.has(uid) || !cached.hasOtherRecords) return ok(cached);
  const live = await client.get<SecretObject>(builtin.secret, { namespace, name }, signal);
  if (!live.ok) return live.failure.kind === 'not-found' ? ok(undefined) : failed(failureOf(live.failure));
  const reduced = reduceSecret({ digestKey, dialect }, live.value, [...cached.writers, uid]);
  managedSecrets.refine(reduced);
  return ok(reduced);
}
