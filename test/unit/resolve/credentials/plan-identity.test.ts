import { describe, expect, it } from '@jest/globals';
import type { AwsProvider } from '../../../../src/api/schema/secret-store.ts';
import { identityOf, keyRefs, locate, reducedAccount, webIdentityOf } from '../../../../src/resolve/credentials/plan-identity.ts';
import { object } from '../entries.ts';

const ROLE = 'arn:aws:iam::111122223333:role/app';
const provider: AwsProvider = { service: 'SecretsManager', region: 'eu-central-1' };
const where = { namespace: 'team', name: 'app' };

describe('locate', () => {
  it.each([
    [{ name: 'x' }, 'team', { namespace: 'team', name: 'x' }],
    [{ name: 'x', namespace: 'team' }, 'team', { namespace: 'team', name: 'x' }],
    [{ name: 'x', namespace: 'ops' }, '', { namespace: 'ops', name: 'x' }],
  ])('finds %j of a store in %j', (ref, namespace, value) => {
    expect(locate(ref, namespace)).toEqual({ ok: true, value });
  });

  it('leaves no namespace, and guesses none', () => {
    expect(locate({ name: 'x', namespace: 'ops' }, 'team')).toMatchObject({ failure: { reason: 'InvalidSpec' } });
    expect(locate({ name: 'x' }, '')).toMatchObject({ failure: { reason: 'InvalidSpec' } });
  });
});

describe('keyRefs', () => {
  it('gives the session token last, if there is one', () => {
    const [id, secret, token] = ['a', 'b', 'c'].map((key) => ({ name: 'aws', key }));
    const both = { accessKeyIDSecretRef: id!, secretAccessKeySecretRef: secret! };
    expect(keyRefs(both)).toEqual([id, secret]);
    expect(keyRefs({ ...both, sessionTokenSecretRef: token! })).toEqual([id, secret, token]);
  });
});

const annotated = (annotations: Record<string, string>) => object('ServiceAccount', 'app', 'team', { annotations });

describe('webIdentityOf', () => {
  it('reads role and audience from the annotations; what the store says wins', () => {
    const account = annotated({ 'eks.amazonaws.com/role-arn': ROLE, 'eks.amazonaws.com/audience': 'mine' });
    const allowed = ['mine', 'x', 'y'];
    expect(webIdentityOf(account, where, undefined, allowed)).toMatchObject({
      value: { kind: 'web-identity', namespace: 'team', serviceAccount: 'app', uid: 'uid-app', roleArn: ROLE, audiences: ['mine'] },
    });
    expect(webIdentityOf(account, where, ['x', 'y'], allowed)).toMatchObject({ value: { audiences: ['x', 'y'] } });
    expect(webIdentityOf(account, where, [], allowed)).toMatchObject({ value: { audiences: ['mine'] } });
    expect(webIdentityOf(annotated({ 'eks.amazonaws.com/role-arn': ROLE }), where, undefined)).toMatchObject({
      value: { audiences: ['sts.amazonaws.com'] },
    });
  });

  it("requests tokens for STS only, unless told else, whoever names the audience: the store or the ServiceAccount's annotation", () => {
    const account = annotated({ 'eks.amazonaws.com/role-arn': ROLE });
    for (const audience of ['sts.amazonaws.com', 'sts.amazonaws.com.cn']) {
      expect(webIdentityOf(account, where, [audience])).toMatchObject({ value: { audiences: [audience] } });
    }
    for (const audience of ['https://kubernetes.default.svc', 'vault', '', 'sts.amazonaws.com ', 'STS.amazonaws.com']) {
      const denied = { failure: { reason: 'TokenAudienceDenied', message: expect.stringContaining('ServiceAccount team/app') } };
      expect(webIdentityOf(account, where, ['sts.amazonaws.com', audience])).toMatchObject(denied);
      const named = annotated({ 'eks.amazonaws.com/role-arn': ROLE, 'eks.amazonaws.com/audience': audience });
      expect(webIdentityOf(named, where, undefined)).toMatchObject(denied);
    }
    expect(webIdentityOf(account, where, ['vault'], ['vault'])).toMatchObject({ value: { audiences: ['vault'] } });
    expect(webIdentityOf(account, where, undefined, ['vault'])).toMatchObject({ failure: { reason: 'TokenAudienceDenied' } });
  });

  it('quotes little of an audience, which an annotation can make long', () => {
    const account = annotated({ 'eks.amazonaws.com/role-arn': ROLE, 'eks.amazonaws.com/audience': 'x'.repeat(200_000) });
    const denied = webIdentityOf(account, where, undefined);
    expect(denied.ok ? '' : denied.failure.message).toHaveLength(129);
  });

  it('takes no role that is none, and quotes nothing of it', () => {
    for (const role of ['app', `${ROLE} `, ROLE + 'x'.repeat(250_000), 'arn:aws:iam::111122223333:user/app']) {
      expect(webIdentityOf(annotated({ 'eks.amazonaws.com/role-arn': role }), where, undefined)).toEqual({
        ok: false,
        failure: expect.objectContaining({
          reason: 'CredentialsMissing',
          message: 'ServiceAccount team/app: annotation eks.amazonaws.com/role-arn is not like arn:aws:iam::<account>:role/<name>',
        }),
      });
    }
  });

  it('keeps of a ServiceAccount as much as it needs, and judges that as it would the whole', () => {
    const long = { 'eks.amazonaws.com/role-arn': ROLE, 'eks.amazonaws.com/audience': 'sts.amazonaws.com', note: 'x'.repeat(100_000) };
    const account = { ...annotated(long), secrets: [{ name: 'x'.repeat(100_000) }] };
    expect(JSON.stringify(reducedAccount(account)).length).toBeLessThan(500);
    expect(webIdentityOf(reducedAccount(account), where, undefined)).toEqual(webIdentityOf(account, where, undefined));
    const hostile = annotated({
      'eks.amazonaws.com/role-arn': ROLE.padEnd(100_000, 'x'),
      'eks.amazonaws.com/audience': 'y'.repeat(100_000),
    });
    expect(JSON.stringify(reducedAccount(hostile)).length).toBeLessThan(3_000);
    expect(webIdentityOf(reducedAccount(hostile), where, undefined)).toEqual(webIdentityOf(hostile, where, undefined));
  });

  it('says that the role is missing', () => {
    for (const account of [annotated({}), annotated({ 'eks.amazonaws.com/role-arn': '' }), object('ServiceAccount', 'app', 'team')]) {
      expect(webIdentityOf(account, where, undefined)).toMatchObject({ failure: { reason: 'CredentialsMissing' } });
    }
  });
});

describe('identityOf', () => {
  it('assumes the roles in order; external id and tags belong to the last', () => {
    const before = `${ROLE}-before`;
    const tags = [{ key: 'team', value: 'a' }];
    const chained = {
      ...provider,
      role: ROLE,
      additionalRoles: [before],
      externalID: 'ext',
      sessionTags: tags,
      transitiveTagKeys: ['team'],
    };
    expect(identityOf(chained, { kind: 'operator' })).toEqual({
      service: 'SecretsManager',
      region: 'eu-central-1',
      base: { kind: 'operator' },
      roles: [
        { roleArn: before, sessionTags: [], transitiveTagKeys: [] },
        { roleArn: ROLE, externalId: 'ext', sessionTags: tags, transitiveTagKeys: ['team'] },
      ],
    });
    expect(identityOf(provider, { kind: 'operator' }).roles).toEqual([]);
    expect(identityOf({ ...provider, role: ROLE }, { kind: 'operator' }).roles).toEqual([
      { roleArn: ROLE, sessionTags: [], transitiveTagKeys: [] },
    ]);
  });
});
