/** The step from specification to the target as cached, with the record of this ExternalSecret judged. */
import type { ExternalSecretObject, ExternalSecretSpec } from '../../api/external-secret.ts';
import type { Outcome } from '../../api/failure.ts';
import { builtin } from '../../api/builtin-types.ts';
import type { SecretObject } from '../../api/object.ts';
import { reduceSecret, type ManagedSecret } from '../../apply/managed-secret.ts';
import { keyOf } from '../../base/key.ts';
import { failed, ok } from '../../base/result.ts';
import { failureOf } from '../../kube/failure-of.ts';
import type { ExternalSecretContext } from './context.ts';
import { targetName } from './subject.ts';

/**
 * Undefined where there is none, or where none is written. The watches of the two kinds run side by side, so the Secret may have arrived before
 * this ExternalSecret did. Its record was left out then, unless it is the controller, and so the Secret is read once more.
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
