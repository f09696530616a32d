// AssumeRoleWithWebIdentity: a JWT of a trusted issuer instead of a signature.
import { verify } from 'node:crypto';
import { z } from 'zod';
import { AwsError } from '../aws-error.ts';
import type { OidcProvider, Role } from '../iam/identities.ts';
import { wildcardMatch } from '../iam/wildcard.ts';
import type { World } from '../world.ts';
import { checkDuration, issue } from './assume-role.ts';
import type { webIdentityInput } from './input.ts';
import type { XmlTree } from './xml.ts';

const DEFAULT_AUDIENCE = 'sts.amazonaws.com';

const header = z.object({ alg: z.string(), kid: z.string().optional() });
const claims = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]).transform((aud) => (typeof aud === 'string' ? [aud] : aud)),
  exp: z.number(),
});
type Claims = z.output<typeof claims>;

export function assumeRoleWithWebIdentity(world: World, input: z.output<typeof webIdentityInput>): XmlTree {
  const token = input.WebIdentityToken;
  const said = readClaims(token);
  if (world.switches.verifyWebIdentity) {
    const provider = world.identities.provider(said.iss);
    if (!provider) throw invalidToken(`No OpenIDConnect provider found in your account for ${said.iss}`);
    if (!signedBy(provider, token)) throw invalidToken('Token signature invalid');
  }
  if (said.exp * 1000 <= world.clock.now())
    throw new AwsError('ExpiredTokenException', 'Token expired: the web identity token must be renewed');
  const role = world.identities.role(input.RoleArn);
  if (!role || !trusts(role, said)) {
    throw new AwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
  }
  const audience = (role.trust.webIdentity?.audiences ?? [DEFAULT_AUDIENCE]).find((wanted) => said.aud.includes(wanted));
  if (audience === undefined) throw invalidToken('Incorrect token audience');
  checkDuration(input.DurationSeconds, role, false);
  return {
    ...issue(world, role, { input, tags: role.tags, transitive: new Map() }),
    SubjectFromWebIdentityToken: said.sub,
    Audience: audience,
    Provider: `arn:aws:iam::${role.account}:oidc-provider/${said.iss.replace(/^https?:\/\//, '')}`,
  };
}

function trusts(role: Role, said: Claims): boolean {
  const trust = role.trust.webIdentity;
  if (trust?.issuer !== said.iss) return false;
  return trust.subjects === undefined || trust.subjects.some((pattern) => wildcardMatch(pattern, said.sub));
}

function readClaims(token: string): Claims {
  try {
    return claims.parse(decode(token.split('.')[1]));
  } catch {
    throw invalidToken('The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)');
  }
}

function signedBy(provider: OidcProvider, token: string): boolean {
  const [head = '', body = '', signature = ''] = token.split('.');
  const { alg, kid } = header.parse(decode(head));
  if (alg !== 'RS256' && alg !== 'ES256') return false;
  return provider.keys
    .filter((candidate) => candidate.kid === undefined || kid === undefined || candidate.kid === kid)
    .some(({ key }) => {
      if ((alg === 'RS256' ? 'rsa' : 'ec') !== key.asymmetricKeyType) return false;
      return verify('sha256', Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
    });
}

const decode = (part: string | undefined): unknown => JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
const invalidToken = (message: string): AwsError => new AwsError('InvalidIdentityToken', message);
