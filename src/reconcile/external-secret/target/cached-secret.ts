/** Gets the cached target of an ExternalSecret, with the record of this ExternalSecret checked against its content. */
import type { ExternalSecretObject, ExternalSecretSpec } from '../../../api/schema/external-secret.ts';
import { failure, type Failure, type Outcome } from '../../../failure/failure.ts';
import { builtin } from '../../../api/object/builtin-types.ts';
import type { SecretObject } from '../../../api/object/object.ts';
import { reduceSecret, type ManagedSecret } from '../../../apply/managed-secret.ts';
import { keyOf } from '../../../base/key.ts';
import { failed, ok } from '../../../base/result.ts';
import { failureOf } from '../../../kube/failure-of.ts';
import type { ExternalSecretContext } from '../context.ts';
import { targetName } from '../subject.ts';

/**
 * Undefined: the target does not exist, or the policy writes none. A target that is known by name only is a failure: it exists, but nothing
 * can be decided about it. The two kinds have separate watches, so a Secret may arrive before its ExternalSecret. Then the reduced Secret
 * has no record of this ExternalSecret, unless it is the controller, and the Secret is read once more.
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
  if (cached === undefined || isComplete(cached, uid)) return ok(cached);
  const { managed } = dialect.labels;
  if (cached.notKept !== undefined) return failed(shareExceeded(cached, managed));
  const live = await client.get<SecretObject>(builtin.secret, { namespace, name }, signal);
  if (!live.ok) return live.failure.kind === 'not-found' ? ok(undefined) : failed(failureOf(live.failure));
  const reduced = reduceSecret({ digestKey, dialect }, live.value, [...cached.writers, uid]);
  const kept = managedSecrets.refine(reduced);
  return kept.notKept === undefined ? ok(kept) : failed(shareExceeded(kept, managed));
}

/** Whether all is known that decides about this writer. */
function isComplete({ notKept, writers, hasOtherRecords }: ManagedSecret, writer: string): boolean {
  return notKept === undefined && (writers.has(writer) || !hasOtherRecords);
}

const KIB = 1024;

/** The share of the namespace is not named: it changes with the Secrets of other namespaces, and each change would write the status again. */
function shareExceeded({ metadata: { name }, notKept: bytes = 0 }: ManagedSecret, label: string): Failure {
  const takes = `Secret ${JSON.stringify(name)} takes ${Math.ceil(bytes / KIB)} KiB of memory`;
  return failure('MemoryShareExceeded', `${takes}, more than is left by the Secrets of this namespace with the label ${label}`);
}
