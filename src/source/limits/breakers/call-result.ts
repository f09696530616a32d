/**
 * What the answers of one call tell about its identity and its service. Pure. Breakers give these failures to all namespaces that use the identity or the
 * service. So a failure of the service has only facts of the service, and a failure of the identity only facts that its users share.
 */
import { type Failure, failure, type Outcome } from '../../../failure/failure.ts';
import type { AwsServiceName, FailureFacts } from '../../../failure/failure-facts.ts';
import type { Identity, SecretService } from '../../../aws/credentials/identity.ts';
import { isIdentityWide } from '../../../aws/failure/errors.ts';

export type CallResult =
  /** One answer, or the refusal of one reference, proves that the service is available and accepts the identity. */
  | { readonly kind: 'passed' }
  /** Every call with this identity fails in the same way. */
  | { readonly kind: 'identity'; readonly failure: Failure }
  /** The service answered none of the references. It is an outage if other calls have the same result. */
  | { readonly kind: 'service'; readonly failure: Failure };

const SERVICES: Readonly<Record<SecretService, AwsServiceName>> = { SecretsManager: 'secretsmanager', ParameterStore: 'ssm' };

/** Undefined if the answers tell nothing about identity and service. */
export function callResultOf(identity: Identity, outcomes: Iterable<Outcome<unknown>>): CallResult | undefined {
  let callResult: CallResult | undefined;
  for (const outcome of outcomes) {
    if (outcome.ok) return { kind: 'passed' };
    const { failure: found } = outcome;
    if (isOwnLimit(found)) continue;
    if (isIdentityWide(found)) callResult ??= { kind: 'identity', failure: ofIdentity(found) };
    else if (found.reason === 'AWSUnavailable') callResult ??= { kind: 'service', failure: ofService(found, identity) };
    else if (found.reason !== 'InternalError') return { kind: 'passed' };
  }
  return callResult;
}

/** The operator did not call STS, because the stores of one namespace had used their rate. That tells nothing about an identity that others use too. */
function isOwnLimit({ facts }: Failure): boolean {
  return facts?.problem === 'session-limit' || facts?.problem === 'namespace-session-limit';
}

/** Without the secret, the entry and the identity of the call that found it. A text is dropped, because it may name them. */
function ofService({ reason, facts, retryAfterMs }: Failure, { service, region }: Identity): Failure {
  const network = facts?.network;
  return failure(
    reason,
    { service: SERVICES[service], region, ...(network === undefined ? {} : { network }) },
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );
}

/** Without what one of its users asked for. A role is part of the identity. A text is about its credentials. */
function ofIdentity(found: Failure): Failure {
  if (found.facts === undefined) return found;
  const { entry: _entry, object: _object, resource, ...shared }: FailureFacts = found.facts;
  return { ...found, facts: resource?.type === 'role' ? { ...shared, resource } : shared };
}
