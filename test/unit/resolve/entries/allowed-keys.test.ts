// Forms of keys and patterns: the keys that a namespace may read through a store.
import { describe, expect, it } from '@jest/globals';
import { assert, constantFrom, property, record } from 'fast-check';
import type { SecretService } from '../../../../src/aws/credentials/identity.ts';
import { keyTest, refusedKeys } from '../../../../src/resolve/entries/allowed-keys.ts';
import { leadingFailure } from '../../../../src/resolve/entries/entry-outcomes.ts';
import type { Entry } from '../../../../src/resolve/entries/plan-references.ts';
import { onlyStore, planned } from '../entries.ts';
import type { Failure } from '../../../../src/failure/failure.ts';
import { messageFor } from '../../../../src/messages/message.ts';
import { unknownReader } from '../../../../src/messages/reader.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:';
const PARAMETER = 'arn:aws:ssm:eu-central-1:111122223333:parameter/';

function allows(pattern: string, key: string, service: SecretService = 'SecretsManager', namespace = 'team'): boolean {
  return keyTest([pattern], { service, namespace })(key);
}

describe('a secret', () => {
  it.each<[pattern: string, allowed: readonly string[], refused: readonly string[]]>([
    [
      '*',
      ['db', 'team/db', 'db-AbCdEf', 'rds!db-1'],
      [`${ARN}db-AbCdEf`, `${ARN}db`, 'arn:aws:secretsmanager', 'team/db:3', ' db', 'db\0', 'd b', 'ARN:AWS:x:y:z:w'],
    ],
    ['team/*', ['team/db', 'team/a/b', 'team/'], ['team', 'steam/db', 'team2/db', `${ARN}team/db-AbCdEf`]],
    ['${namespace}/*', ['team/db'], ['team-b/db', '${namespace}/db', 'other/team/db']],
    [
      `${ARN}team/*`,
      [`${ARN}team/db-AbCdEf`, `${ARN}team/db`],
      ['team/db', `${ARN}other/team/db`, `${ARN.replace('1111', '9999')}team/db-AbCdEf`],
    ],
    [`${ARN}db-??????`, [`${ARN}db-AbCdEf`, `${ARN}db`], [`${ARN}db-b`, `${ARN}db-secret-AbCdEf`, `${ARN}d`, 'db']],
    [`${ARN}db`, [`${ARN}db`], [`${ARN}db-AbCdEf`, 'db']],
    [`${ARN}db-AbCdEf`, [`${ARN}db-AbCdEf`], [`${ARN}db`, `${ARN}db-AbCdEg`, 'db-AbCdEf']],
    ['arn:*:*:*:*:*', [`${ARN}db`, `${PARAMETER}a`], ['db', `${ARN}a:b`, ARN, 'arn:aws:secretsmanager:eu-central-1:111122223333:secret']],
  ])('%s', (pattern, allowed, refused) => {
    for (const key of allowed) expect([key, allows(pattern, key)]).toEqual([key, true]);
    for (const key of refused) expect([key, allows(pattern, key)]).toEqual([key, false]);
  });
});

describe('a parameter', () => {
  it.each<[pattern: string, allowed: readonly string[], refused: readonly string[]]>([
    [
      '/team/*',
      ['/team/db', '/team/db:3', '/team/db:live', 'team/db', '/team/a/b'],
      ['/other/db', '//team/db', '/team', `${PARAMETER}team/db`, '/team/db:3:4'],
    ],
    ['team/*', ['/team/db', 'team/db:live'], ['/steam/db']],
    ['plain', ['plain', '/plain', 'plain:7'], ['/a/plain', 'plain2', ':7', '']],
    ['*', ['a', '/a/b:3', '/aws/reference/secretsmanager/db'], [`${PARAMETER}a`, `${ARN}db`, 'Arn:aws:ssm:a:b:parameter/x', ' /a']],
    [
      `${PARAMETER}team/*`,
      [`${PARAMETER}team/db`, `${PARAMETER}team/db:3`],
      ['/team/db', `${PARAMETER}db`, `${PARAMETER}/team/db`, `${PARAMETER}team/db:3:4`],
    ],
  ])('%s', (pattern, allowed, refused) => {
    for (const key of allowed) expect([key, allows(pattern, key, 'ParameterStore')]).toEqual([key, true]);
    for (const key of refused) expect([key, allows(pattern, key, 'ParameterStore')]).toEqual([key, false]);
  });
});

describe('whatever the spelling', () => {
  it('no pattern for names lets an ARN through, and no ARN of another account, region or name passes a pattern for ARNs', () => {
    const spelled = record({
      account: constantFrom('111122223333', '999999999999'),
      region: constantFrom('eu-central-1', 'us-east-1'),
      name: constantFrom('team/db', 'team', 'other/db', 'team-b/db', 'x/team/db', 'a:b'),
      suffix: constantFrom('', '-AbCdEf', '-AbCdEfg', ':3'),
    });
    assert(
      property(spelled, constantFrom<SecretService>('SecretsManager', 'ParameterStore'), ({ account, region, name, suffix }, service) => {
        const [kind, what] = service === 'SecretsManager' ? ['secretsmanager', 'secret:'] : ['ssm', 'parameter/'];
        const key = `arn:aws:${kind}:${region}:${account}:${what}${name}${suffix}`;
        for (const pattern of ['*', '?*', 'arn*', '*team/*', '${namespace}/*']) expect(allows(pattern, key, service)).toBe(false);
        const inTeam = account === '111122223333' && region === 'eu-central-1' && name === 'team/db';
        const selector = suffix === ':3' && service === 'SecretsManager';
        const pattern = `arn:aws:${kind}:eu-central-1:111122223333:${what}\${namespace}/*`;
        expect([key, allows(pattern, key, service)]).toEqual([key, inTeam && !selector]);
      }),
    );
  });
});

const free = { isUsedUp: false, checkpoint: () => Promise.resolve() };

describe('refusedKeys', () => {
  const spec = (...keys: readonly string[]) => ({
    secretStoreRef: { name: 's' },
    data: keys.map((key, index) => ({ secretKey: `k${index}`, remoteRef: { key } })),
  });
  /** The failure that stands for all refused entries. */
  const toldOf = async (entries: readonly Entry[]) => {
    const refused = await refusedKeys(entries, 'team', free);
    return leadingFailure(Array.from(refused, ([entry, failure]) => ({ entry, kind: 'failed', step: 'allowed-keys', failure }) as const));
  };
  const told = (failure: Failure | undefined): string => (failure === undefined ? '' : messageFor(failure, unknownReader));
  const check = (keys: readonly string[], allowedKeys: readonly string[] | undefined, prefix = '', name = 'shared') =>
    toldOf(planned(spec(...keys), onlyStore({ kind: 'ClusterSecretStore', name, prefix, allowedKeys })));

  it('lets everything pass where the store limits nothing, and what its patterns match with the prefix in front', async () => {
    expect(await check(['a', `${ARN}b`], undefined)).toBeUndefined();
    expect(await check(['db', 'api'], ['prod/*'], 'prod/')).toBeUndefined();
    const many = Array.from({ length: 60 }, (_, index) => `a${index}`);
    expect(await check(many, ['a*'])).toBeUndefined();
  });

  it('names the entry, the key as it is written, the store and the number of others', async () => {
    const three = await check(['team/a', 'db', 'x', 'x'], ['${namespace}/*']);
    expect(three).toMatchObject({ reason: 'KeyNotAllowed' });
    expect(told(three)).toMatch(
      /^data\[1\]: key "db" matches no spec.allowedKeys of ClusterSecretStore "shared" \(and 2 other entries\); /,
    );
    expect(await check(['db'], ['team/*'], 'prod/')).toMatchObject({
      entry: 'data[0]',
      message: 'key "db" (with prefix "prod/") matches no spec.allowedKeys of ClusterSecretStore "shared"',
    });
    const long = await check(['x'.repeat(2_048)], ['*'], 'y'.repeat(256));
    expect(told(long).length).toBeLessThanOrEqual(300);
    const arns = await check(
      Array.from({ length: 100 }, () => `${ARN}${'x'.repeat(1_900)}`),
      ['*'],
      'y'.repeat(256),
      'n'.repeat(253),
    );
    expect(told(arns)).toContain(' (only patterns that begin with arn: match an ARN) (and 99 ');
    expect(told(arns).length).toBeLessThanOrEqual(300);
    const names = await check(
      Array.from({ length: 100 }, () => 'x'.repeat(2_048)),
      ['*'],
      'y'.repeat(256),
      'n'.repeat(253),
    );
    expect(told(names).length).toBeLessThanOrEqual(300);
  });

  it('takes each key, and each refusal, as a step of the slices that all long loops share', async () => {
    const keys = Array.from({ length: 100 }, (_, index) => `a${index}`);
    const entries = planned(spec(...keys), (named) => onlyStore({ name: named.secretKey ?? '', allowedKeys: ['b*'] })(named));
    let checkpoints = 0;
    const usedUp = { isUsedUp: true, checkpoint: async () => void (checkpoints += 1) };
    expect((await refusedKeys(entries, 'team', usedUp)).size).toBe(100);
    expect(checkpoints).toBe(200);
  });

  it('ends with the reconcile', async () => {
    const entries = planned(spec('a', 'b'), onlyStore({ allowedKeys: ['a'] }));
    const reason = new DOMException('stopped', 'AbortError');
    const stopped = { isUsedUp: true, checkpoint: () => Promise.reject(reason) };
    await expect(refusedKeys(entries, 'team', stopped)).rejects.toBe(reason);
  });

  it('holds each entry to the store that it is read through', async () => {
    const [open, closed] = [onlyStore({ name: 'open' }), onlyStore({ name: 'closed', allowedKeys: ['app/*'] })];
    const entries = planned(spec('other/a', 'other/b', 'app/c'), (named) => (named.secretKey === 'k0' ? open(named) : closed(named)));
    const refused = await refusedKeys(entries, 'team', free);
    expect([...refused.keys()].map(({ secretKey }) => secretKey)).toEqual(['k1']);
  });
});
