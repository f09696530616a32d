// Identities over the wire: the number of STS calls, shared credentials, and renewals.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fail } from '../../../../src/failure/failure.ts';
import { ok } from '../../../../src/base/result.ts';
import type { Identity, WebIdentity } from '../../../../src/aws/credentials/identity.ts';
import { sessionName } from '../../../../src/aws/credentials/session-name.ts';
import type { AwsEmulator } from '../../../support/aws/emulator-surface.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ACCOUNT, CURRENT, identityOf, never, reasonOf, REGION, type SdkWorld, startSdkWorld, textOf } from '../sdk-world.ts';
import { saidOf } from '../../../support/said.ts';

const ISSUER = 'https://issuer.example';

function read(world: SdkWorld, identity: Identity, secretId = 'a') {
  return world.secrets.read(identity, secretId, CURRENT, never());
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function tokenOf(key: KeyObject, audience = 'sts.amazonaws.com'): string {
  const claims = { iss: ISSUER, sub: 'system:serviceaccount:shop:orders', aud: [audience], exp: Math.floor(Date.now() / 1_000) + 600 };
  const text = `${encode({ alg: 'RS256' })}.${encode(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

function addIssuer(aws: AwsEmulator): KeyObject {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  aws.addOidcProvider({ issuer: ISSUER, keys: publicKey.export({ type: 'spki', format: 'pem' }).toString() });
  return privateKey;
}

function webIdentity(roleArn: string): WebIdentity {
  const account = { namespace: 'shop', serviceAccount: 'orders', uid: 'u1' };
  return { kind: 'web-identity', ...account, roleArn, audiences: ['sts.amazonaws.com'] };
}

describe('credentials', () => {
  it('assumes a role once for all reads of all who share the identity', async () => {
    await using world = await startSdkWorld({ verifySignatures: true });
    const roleArn = world.aws.addRole({ account: ACCOUNT, name: 'reader', trust: { principals: ['*'] } });
    const identity = identityOf(world.identity.base, { roleArn });
    for (let i = 0; i < 100; i++) world.aws.secrets().create(`s${i}`, 'x');
    const outcomes = await Promise.all(Array.from({ length: 100 }, (_, i) => read(world, structuredCopy(identity), `s${i}`)));
    expect(new Set(outcomes.map(reasonOf))).toEqual(new Set(['ok']));
    expect(world.aws.calls.byOperation).toEqual({ AssumeRole: 1, GetSecretValue: 100 });
    expect(world.calls.filter(({ service }) => service === 'sts')).toMatchObject([{ operation: 'AssumeRole', result: 'ok' }]);
    expect(await world.secrets.verifyCredentials(identity, never())).toEqual(ok({ identityName: roleArn }));
    expect(world.aws.calls.count('AssumeRole')).toBe(1);
  });

  it('tells the account of a role once STS has given credentials of it, and of no role that it refuses', async () => {
    await using world = await startSdkWorld({ verifySignatures: true });
    const accounts: (string | undefined)[] = [];
    const readAs = async (roleArn: string) =>
      world.secrets.read(identityOf(world.identity.base, { roleArn }), 'a', CURRENT, never(), ({ account }) => accounts.push(account));
    world.aws.secrets('444455556666').create('a', 'x');
    const trusted = world.aws.addRole({ account: '444455556666', name: 'trusted', trust: { principals: ['*'] } });
    expect(reasonOf(await readAs(trusted))).toBe('ok');
    expect(accounts).toEqual(['444455556666']);
    expect(reasonOf(await readAs('arn:aws:iam::444455556666:role/claimed'))).toBe('AssumeRoleDenied');
    expect(accounts).toHaveLength(1);
  });

  it('keeps the sessions of others whatever the stores of one namespace ask for', async () => {
    const clock = new FakeClock();
    await using world = await startSdkWorld({ verifySignatures: true, clock });
    const roleArn = world.aws.addRole({ account: ACCOUNT, name: 'reader', trust: { principals: ['*'], tagSession: true } });
    const of = (storeNamespace: string, value: string): Identity => {
      const sessionTags = [{ key: 'n', value }];
      return { ...identityOf(world.identity.base, { roleArn, sessionTags }), storeNamespace };
    };
    await world.secrets.verifyCredentials(of('victim', 'own'), never());
    for (let n = 0; n < 300; n += 20) {
      const batch = Array.from({ length: 20 }, (_, i) => of('hostile', String(n + i)));
      await Promise.all(batch.map((identity) => world.secrets.verifyCredentials(identity, never())));
      await clock.advance(2_000);
    }
    world.aws.resetCounters();
    expect(await world.secrets.verifyCredentials(of('victim', 'own'), never())).toMatchObject({ ok: true });
    expect(world.aws.calls.count('AssumeRole')).toBe(0);
    expect(await world.secrets.verifyCredentials(of('hostile', '0'), never())).toMatchObject({ ok: true });
    expect(world.aws.calls.count('AssumeRole')).toBe(1);
  });

  it('goes along a chain with external id and session tags, and shares the first steps of chains', async () => {
    await using world = await startSdkWorld({ verifySignatures: true });
    const first = world.aws.addRole({ account: ACCOUNT, name: 'first', trust: { principals: ['*'] } });
    const trust = { principals: ['*'], externalId: 'tenant-1', tagSession: true };
    const second = world.aws.addRole({ account: '444455556666', name: 'second', trust });
    const third = world.aws.addRole({ account: ACCOUNT, name: 'third', trust: { principals: ['*'], tagSession: true } });
    world.aws.secrets('444455556666').create('a', 'of the other account');
    world.aws.secrets().create('a', 'of the third role');
    const step = {
      roleArn: second,
      externalId: 'tenant-1',
      sessionTags: [{ key: 'ns', value: 'shop' }],
      transitiveTagKeys: ['ns'],
    };
    expect(textOf(await read(world, identityOf(world.identity.base, { roleArn: first }, step)))).toBe('of the other account');
    expect(textOf(await read(world, identityOf(world.identity.base, { roleArn: first }, step, { roleArn: third })))).toBe(
      'of the third role',
    );
    expect(world.aws.calls.count('AssumeRole')).toBe(3);
    const names = world.aws.calls.entries.flatMap(({ sessionName: name }) => name ?? []);
    expect(new Set(names).size).toBe(3);
  });

  it('never lets two external ids share a session', async () => {
    await using world = await startSdkWorld({ verifySignatures: true });
    const roleArn = world.aws.addRole({ account: ACCOUNT, name: 'reader', trust: { principals: ['*'], externalId: 'right' } });
    world.aws.secrets().create('a', 'x');
    const ofTenant = (externalId: string) => identityOf(world.identity.base, { roleArn, externalId });
    const wrong = await read(world, ofTenant('wrong'));
    expect(reasonOf(await read(world, ofTenant('right')))).toBe('ok');
    expect(wrong).toEqual(await read(world, ofTenant('wrong')));
    expect(saidOf(wrong)).toEqual({
      reason: 'AssumeRoleDenied',
      message: expect.stringContaining(`may not call sts:AssumeRole for role ${roleArn} in eu-central-1`),
    });
    expect(sessionName(ofTenant('wrong'))).not.toBe(sessionName(ofTenant('right')));
  });

  it('tells what STS refuses as invalid of the role, and not of a secret', async () => {
    await using world = await startSdkWorld({ verifySignatures: true });
    const roleArn = world.aws.addRole({ account: ACCOUNT, name: 'reader', trust: { principals: ['*'], tagSession: true } });
    const tags = ['team', 'Team'].map((tag) => ({ key: tag, value: 'x' }));
    const outcome = await read(world, identityOf(world.identity.base, { roleArn, sessionTags: tags }));
    const { base } = world.identity;
    const accessKeyId = base.kind === 'static' ? base.accessKeyId.reveal().toString() : '';
    expect(saidOf(outcome)).toEqual({
      reason: 'AssumeRoleRefused',
      message: `STS refused sts:AssumeRole of ${accessKeyId} for role ${roleArn} in eu-central-1 (InvalidParameterValue)`,
    });
  });

  it('renews expired credentials once and repeats the call once', async () => {
    await using world = await startSdkWorld({ verifySignatures: true });
    const roleArn = world.aws.addRole({ account: ACCOUNT, name: 'reader', trust: { principals: ['*'] } });
    world.aws.secrets().create('a', 'x');
    const identity = identityOf(world.identity.base, { roleArn });
    await read(world, identity);
    // AWS's clock leaves ours behind: the session has expired there though we hold it for good.
    world.aws.switches.verifySignatures = false;
    world.aws.clock.advance(3_601_000);
    const outcomes = await Promise.all([read(world, identity), read(world, identity), read(world, identity)]);
    expect(outcomes.map(reasonOf)).toEqual(['ok', 'ok', 'ok']);
    expect(world.aws.calls.count('AssumeRole')).toBe(2);
  });

  it('gives up after one renewal, and never retries a stored key', async () => {
    await using world = await startSdkWorld();
    const roleArn = world.aws.addRole({ account: ACCOUNT, name: 'reader', trust: { principals: ['*'] } });
    world.aws.inject({ operation: 'GetSecretValue', fault: { kind: 'expired-token' } });
    expect(reasonOf(await read(world, identityOf(world.identity.base, { roleArn })))).toBe('CredentialsExpired');
    expect(world.aws.calls.byOperation).toEqual({ AssumeRole: 2, GetSecretValue: 2 });
    world.aws.resetCounters();
    expect(reasonOf(await read(world, world.identity))).toBe('CredentialsExpired');
    expect(world.aws.calls.byOperation).toEqual({ GetSecretValue: 1 });
  });

  it('renews five minutes early, and lives on old credentials while STS is away', async () => {
    const clock = new FakeClock(Date.now());
    await using world = await startSdkWorld({ clock });
    const roleArn = world.aws.addRole({ account: ACCOUNT, name: 'reader', trust: { principals: ['*'] } });
    world.aws.secrets().create('a', 'x');
    const identity = identityOf(world.identity.base, { roleArn });
    await read(world, identity);
    await clock.advance(54 * 60_000);
    expect(reasonOf(await read(world, identity))).toBe('ok');
    expect(world.aws.calls.count('AssumeRole')).toBe(1);
    const away = world.aws.inject({ operation: 'AssumeRole', fault: { kind: 'internal-error' } });
    await clock.advance(2 * 60_000);
    expect([reasonOf(await read(world, identity)), reasonOf(await read(world, identity))]).toEqual(['ok', 'ok']);
    expect(world.aws.calls.count('AssumeRole')).toBe(2);
    away.remove();
    await clock.advance(60_000);
    await read(world, identity);
    expect(world.aws.calls.count('AssumeRole')).toBe(3);
  });

  it('exchanges the token of a ServiceAccount', async () => {
    const asked: unknown[] = [];
    let token = '';
    await using world = await startSdkWorld({
      tokens: (...request) => {
        asked.push(request.slice(0, 2));
        return Promise.resolve(ok({ token, expiresAt: Date.now() + 600_000 }));
      },
    });
    token = tokenOf(addIssuer(world.aws));
    const trust = { webIdentity: { issuer: ISSUER, subjects: ['system:serviceaccount:shop:orders'] } };
    const roleArn = world.aws.addRole({ account: ACCOUNT, name: 'shop-orders', trust });
    world.aws.secrets().create('a', 'x');
    const identity = identityOf(webIdentity(roleArn));
    expect((await Promise.all([read(world, identity), read(world, identity)])).map(reasonOf)).toEqual(['ok', 'ok']);
    expect(asked).toEqual([[{ namespace: 'shop', name: 'orders' }, ['sts.amazonaws.com']]]);
    expect(world.aws.calls.byOperation).toEqual({ AssumeRoleWithWebIdentity: 1, GetSecretValue: 2 });
    expect(world.aws.calls.entries.at(-1)?.sessionName).toBe(sessionName(identity));
    token = tokenOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
    const forged = identityOf({ ...webIdentity(roleArn), uid: 'u2' });
    expect(await world.secrets.verifyCredentials(forged, never())).toMatchObject({ failure: { reason: 'CredentialsInvalid' } });
  });

  it('asks for one token for all roles and regions of a ServiceAccount, and for another shortly before it expires', async () => {
    const clock = new FakeClock(Date.now());
    const [tokens, asked] = [[] as string[], [] as unknown[]];
    await using world = await startSdkWorld({
      clock,
      tokens: (account, audiences) => {
        asked.push([account.name, ...audiences]);
        return Promise.resolve(ok({ token: tokens[0] ?? '', expiresAt: clock.now() + 3_600_000 }));
      },
    });
    tokens.push(tokenOf(addIssuer(world.aws)));
    const trust = { webIdentity: { issuer: ISSUER } };
    const roles = ['one', 'two', 'three'].map((name) => world.aws.addRole({ account: ACCOUNT, name, trust }));
    const verify = (identity: Identity) => world.secrets.verifyCredentials(identity, never());
    const [first, second, third] = roles.map((roleArn) => identityOf(webIdentity(roleArn))) as [Identity, Identity, Identity];
    const all = [first, second, { ...first, region: 'us-east-1' }, { ...second, region: 'us-east-1' }];
    expect((await Promise.all(all.map(verify))).map(({ ok: well }) => well)).toEqual([true, true, true, true]);
    expect(world.aws.calls.byOperation).toEqual({ AssumeRoleWithWebIdentity: 4 });
    expect(asked).toEqual([['orders', 'sts.amazonaws.com']]);
    await clock.advance(58 * 60_000);
    await verify(third);
    expect(asked).toHaveLength(1);
    await clock.advance(60_000);
    await verify({ ...third, region: 'us-east-1' });
    expect(asked).toHaveLength(2);
    // Another audience, or a new account of the same name, has tokens of its own.
    await verify(identityOf({ ...webIdentity(roles[0] ?? ''), audiences: ['other'] }));
    await verify(identityOf({ ...webIdentity(roles[0] ?? ''), uid: 'u2' }));
    expect(asked.slice(2)).toEqual([
      ['orders', 'other'],
      ['orders', 'sts.amazonaws.com'],
    ]);
  });

  it('uses no turn of STS where there is no token', async () => {
    await using world = await startSdkWorld({
      clock: new FakeClock(Date.now()),
      tokens: () => Promise.resolve(fail('KubernetesUnavailable', 'no token')),
    });
    for (let n = 0; n < 30; n += 1) {
      const identity = { ...identityOf(webIdentity(`arn:aws:iam::111122223333:role/r${n}`)), storeNamespace: 'team' };
      expect(await world.secrets.verifyCredentials(identity, never())).toMatchObject({ failure: { reason: 'KubernetesUnavailable' } });
    }
  });

  it('asks for another token when STS does not take the one that was kept, and once more at most', async () => {
    let [token, asked] = ['', 0];
    await using world = await startSdkWorld({
      tokens: () => {
        asked += 1;
        return Promise.resolve(ok({ token, expiresAt: Date.now() + 3_600_000 }));
      },
    });
    const trust = { webIdentity: { issuer: ISSUER } };
    const [one = '', two = '', three = ''] = ['one', 'two', 'three'].map((name) => world.aws.addRole({ account: ACCOUNT, name, trust }));
    const verify = async (roleArn: string) => (await world.secrets.verifyCredentials(identityOf(webIdentity(roleArn)), never())).ok;
    token = tokenOf(addIssuer(world.aws));
    expect(await verify(one)).toBe(true);
    // The cluster signs with another key from now on.
    token = tokenOf(addIssuer(world.aws));
    expect(await verify(two)).toBe(true);
    expect([asked, world.aws.calls.count('AssumeRoleWithWebIdentity')]).toEqual([2, 3]);
    world.aws.inject({ operation: 'AssumeRoleWithWebIdentity', fault: { kind: 'expired-token' } });
    expect(await verify(three)).toBe(false);
    expect([asked, world.aws.calls.count('AssumeRoleWithWebIdentity')]).toEqual([3, 5]);
  });

  it('takes the operator’s own identity from the environment: IRSA, keys, nothing', async () => {
    await using world = await startSdkWorld({ verifySignatures: true });
    const folder = mkdtempSync(path.join(tmpdir(), 'keytender-irsa-'));
    try {
      world.aws.secrets().create('a', 'x');
      const trust = { webIdentity: { issuer: ISSUER } };
      process.env['AWS_ROLE_ARN'] = world.aws.addRole({ account: ACCOUNT, name: 'operator', trust });
      process.env['AWS_WEB_IDENTITY_TOKEN_FILE'] = path.join(folder, 'token');
      const identity = identityOf({ kind: 'operator' });
      expect(reasonOf(await read(world, identity))).toBe('CredentialsUnavailable');
      writeFileSync(path.join(folder, 'token'), tokenOf(addIssuer(world.aws)));
      expect(reasonOf(await read(world, identity))).toBe('ok');
      const accounts: unknown[] = [];
      expect(reasonOf(await world.secrets.read(identity, 'a', CURRENT, never(), (tries) => void accounts.push(tries.account)))).toBe('ok');
      expect(accounts).toEqual([ACCOUNT]);
      expect(world.aws.calls.count('AssumeRoleWithWebIdentity')).toBe(1);
      expect(await world.secrets.verifyCredentials(identity, never())).toEqual(ok({ identityName: 'operator identity' }));
      delete process.env['AWS_ROLE_ARN'];
      const elsewhere = { ...identity, region: 'us-east-1' };
      expect(saidOf(await world.secrets.verifyCredentials(elsewhere, never()))).toEqual({
        reason: 'CredentialsUnavailable',
        message: 'no credentials were found for operator identity',
      });
      const key = world.aws.addAccessKey({ account: ACCOUNT });
      Object.assign(process.env, { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey });
      expect(await world.secrets.verifyCredentials(elsewhere, never())).toMatchObject({ ok: true });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('names sessions as STS allows, deterministically', () => {
    const long = { ...webIdentity('arn:aws:iam::1:role/x'), namespace: 'n'.repeat(63), serviceAccount: 's'.repeat(63) };
    for (const identity of [identityOf({ kind: 'operator' }), identityOf(long), { ...identityOf(long), region: 'eu-west-1' }]) {
      expect(sessionName(identity)).toMatch(/^[\w+=,.@-]{2,64}$/);
      expect(sessionName(identity)).toBe(sessionName(structuredCopy(identity)));
    }
    expect(sessionName(identityOf(long))).not.toBe(sessionName({ ...identityOf(long), region: 'eu-west-1' }));
    expect(REGION).not.toBe('eu-west-1');
  });
});

/** Equal in every input, another object: as two stores make it. */
function structuredCopy(identity: Identity): Identity {
  return { ...identity, base: { ...identity.base }, roles: identity.roles.map((role) => ({ ...role })) };
}
