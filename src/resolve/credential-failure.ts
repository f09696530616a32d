/** A failure to get credentials, as those may hear it who use a store of another namespace's ServiceAccount. Pure. */
import type { Failure } from '../api/failure.ts';
import type { CredentialSource } from '../aws/credentials/identity.ts';

/** The ServiceAccount of a cluster-scoped store is named on the store itself only. `namespace`: of the resource that is told. */
export function asToldIn(namespace: string, failure: Failure, { base }: CredentialSource): Failure {
  if (failure.during !== 'credentials' || base.kind !== 'web-identity' || base.namespace === namespace) return failure;
  return { ...failure, message: 'the ServiceAccount of the ClusterSecretStore got no credentials; the conditions of the store say why' };
}
