// Finds the caller from the headers of a request. Each service has its own error codes for a refusal.
import { AwsError } from './aws-error.ts';
import type { Principal } from './iam/principal.ts';
import { checkSignature, parseAuthorization, type Credential, type SignedRequest } from './sigv4.ts';
import type { World } from './world.ts';

export type Refusal = 'missing' | 'unknown-key' | 'expired-token' | 'bad-signature' | 'skewed';

export interface Authenticated {
  readonly principal: Principal | undefined;
  readonly accessKeyId: string | undefined;
  readonly account: string;
  readonly region: string;
  /** Why the request must not be served. */
  readonly refusal: Refusal | undefined;
}

export function authenticate(request: SignedRequest, world: World): Authenticated {
  const credential = parseAuthorization(request.headers.authorization);
  const strict = world.switches.verifySignatures || world.switches.enforceIam;
  if (!credential) {
    const caller = { principal: undefined, accessKeyId: undefined, account: world.defaultAccount, region: world.defaultRegion };
    return { ...caller, refusal: strict ? 'missing' : undefined };
  }
  const { accessKeyId, region } = credential;
  const known = world.identities.principal(accessKeyId);
  const principal = known ?? anonymous(world.defaultAccount, accessKeyId);
  const caller = { principal, accessKeyId, account: principal.account, region };
  return { ...caller, refusal: known ? refusalOf(request, credential, known, world) : unknownKey(strict) };
}

const unknownKey = (strict: boolean): Refusal | undefined => (strict ? 'unknown-key' : undefined);

/** Expiry is always enforced; the rest only while signatures are verified. */
function refusalOf(
  request: SignedRequest,
  credential: Credential,
  { session, secretAccessKey }: Principal,
  world: World,
): Refusal | undefined {
  if (session && session.expiresMs <= world.clock.now()) return 'expired-token';
  if (!world.switches.verifySignatures) return undefined;
  if (request.headers['x-amz-security-token'] !== session?.token) return 'unknown-key';
  const problem = checkSignature(request, credential, secretAccessKey, world.clock.wireNow());
  return problem && (problem === 'mismatch' ? 'bad-signature' : 'skewed');
}

/** While signatures are not verified, any key will do and belongs to the default account. */
function anonymous(account: string, accessKeyId: string): Principal {
  const arn = `arn:aws:iam::${account}:root`;
  return { kind: 'root', account, arn, userId: account, accessKeyId, secretAccessKey: '', policies: [], tags: new Map() };
}

const JSON_REFUSALS: Readonly<Record<Refusal, readonly [string, string]>> = {
  missing: ['MissingAuthenticationTokenException', 'Missing Authentication Token'],
  'unknown-key': ['UnrecognizedClientException', 'The security token included in the request is invalid.'],
  'expired-token': ['ExpiredTokenException', 'The security token included in the request is expired'],
  'bad-signature': [
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
  ],
  skewed: ['InvalidSignatureException', 'Signature expired or not yet current: the difference between the times is larger than 5 min.'],
};

const QUERY_CODES: Readonly<Record<Refusal, string>> = {
  missing: 'MissingAuthenticationToken',
  'unknown-key': 'InvalidClientTokenId',
  'expired-token': 'ExpiredToken',
  'bad-signature': 'SignatureDoesNotMatch',
  skewed: 'RequestExpired',
};

export function refusalError(refusal: Refusal, protocol: 'json' | 'query'): AwsError {
  const [code, message] = JSON_REFUSALS[refusal];
  return protocol === 'json' ? new AwsError(code, message) : new AwsError(QUERY_CODES[refusal], message, 403);
}
