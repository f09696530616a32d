// Parameters of Parameter Store in Secrets: types and parts of values, versions and labels, changes, and one bad name among good ones.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { PutParameterOptions } from '../../support/aws/control/parameters-control.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { type AnyObject, readyOf } from '../../support/operator/objects.ts';
import { writesDuringRefreshes } from '../../support/operator/refreshes.ts';
import { forceSync, untilObject } from '../../support/operator/waits.ts';

jest.setTimeout(60_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('parameters', { flags: ['--default-refresh-interval=8760h'] });
  await scene.createStore('aws', { service: 'ParameterStore', prefix: '/app/' });
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

interface Source {
  readonly stage?: string;
  readonly versionId: string;
}

/** One key of the Secret for each remoteRef. */
function reading(remoteRefs: Readonly<Record<string, object>>, extra: object = {}): object {
  return { data: Object.entries(remoteRefs).map(([secretKey, remoteRef]) => ({ secretKey, remoteRef })), ...extra };
}

/** Puts a canary into a parameter (below the prefix of the store) and returns it. */
function put(name: string, options: PutParameterOptions = {}, properties?: readonly string[]): string {
  const value = scene.canaryValue(properties);
  scene.aws.parameters().put(`/app/${name}`, value, options);
  return value;
}

const readsOf = (name: string): number =>
  scene.aws.calls.count('GetParameter', `/app/${name}`) + scene.aws.calls.count('GetParameters', `/app/${name}`);

describe('values of parameters', () => {
  it('are written whatever the type, by name and by ARN', async () => {
    const text = put('kinds/text');
    const secure = put('kinds/secure', { type: 'SecureString', keyId: 'alias/app' });
    const list = `${scene.canaries.plant()},${scene.canaries.plant()}`;
    scene.aws.parameters().put('/app/kinds/list', list, { type: 'StringList' });
    const { arn } = scene.aws.parameters().describe('/app/kinds/secure');
    const spec = reading({ text: { key: 'kinds/text' }, list: { key: 'kinds/list' }, secure: { key: 'kinds/secure' }, arn: { key: arn } });
    await scene.objects.externalSecret('kinds', spec);
    await scene.objects.untilValues('kinds', { text, list, secure, arn: secure });
    const { status } = await scene.objects.untilReason('kinds', 'SecretSynced');
    expect(status?.['sources']).toContainEqual({
      key: 'kinds/text',
      stage: 'AWSCURRENT',
      versionId: '1',
      createdDate: new Date(scene.aws.parameters().describe('/app/kinds/text').modifiedMs).toISOString(),
    });
  });

  it('are taken apart where they are JSON', async () => {
    const { user = '', password = '' } = JSON.parse(put('json', {}, ['user', 'password'])) as Record<string, string>;
    await scene.objects.externalSecret('json', {
      ...reading({ only: { key: 'json', property: 'password' } }),
      dataFrom: [{ extract: { key: 'json' } }],
    });
    await scene.objects.untilValues('json', { only: password, user, password });
  });

  it('are the same whether version or label stand in the key or in version; two versions at once are refused as a specification', async () => {
    const [first, second] = [put('spelled'), put('spelled')];
    scene.aws.parameters().label('/app/spelled', 1, 'live');
    const { arn } = scene.aws.parameters().describe('/app/spelled');
    const remoteRefs = {
      latest: { key: 'spelled' },
      inKey: { key: 'spelled:1' },
      inField: { key: 'spelled', version: '1' },
      inBoth: { key: `${arn}:1`, version: '1' },
      label: { key: `${arn}:live` },
    };
    await scene.objects.externalSecret('spelled', reading(remoteRefs));
    await scene.objects.untilValues('spelled', { latest: second, inKey: first, inField: first, inBoth: first, label: first });
    await scene.objects.externalSecret('contradictory', reading({ value: { key: 'spelled:1', version: '2' } }));
    const { status } = await scene.objects.untilReason('contradictory', 'InvalidSpec');
    expect(JSON.stringify(status)).toContain('data[0]: the key asks for version');
  });

  it('are read ten a call', async () => {
    const keys = Array.from({ length: 25 }, (_, index) => `many/p${index}`);
    const values = keys.map((key) => put(key));
    const before = scene.aws.calls.count('GetParameters');
    await scene.objects.externalSecret('many', reading(Object.fromEntries(keys.map((key, index) => [`k${index}`, { key }]))));
    await scene.objects.untilValues('many', Object.fromEntries(values.map((value, index) => [`k${index}`, value])));
    expect(scene.aws.calls.count('GetParameters') - before).toBe(3);
    for (const key of keys) expect(readsOf(key)).toBe(1);
  });
});

describe('versions of a parameter', () => {
  it('are pinned by number and followed by label', async () => {
    const [one, two] = [put('versions'), put('versions')];
    scene.aws.parameters().label('/app/versions', 1, 'live');
    const spec = reading(
      { latest: { key: 'versions' }, pinned: { key: 'versions', version: '1' }, live: { key: 'versions', version: 'live' } },
      { refreshInterval: '1s' },
    );
    await scene.objects.externalSecret('versions', spec);
    await scene.objects.untilValues('versions', { latest: two, pinned: one, live: one });
    const three = put('versions');
    await scene.objects.untilValues('versions', { latest: three, pinned: one, live: one });
    scene.aws.parameters().label('/app/versions', 3, 'live');
    await scene.objects.untilValues('versions', { latest: three, pinned: one, live: three });
    // A rollback: the label goes back.
    scene.aws.parameters().label('/app/versions', 2, 'live');
    await scene.objects.untilValues('versions', { latest: three, pinned: one, live: two });
    const shown = ({ status }: AnyObject): unknown =>
      (status?.['sources'] as Source[] | undefined)?.map(({ stage, versionId }) => [stage, versionId]);
    const expected = [
      ['AWSCURRENT', '3'],
      [undefined, '1'],
      ['live', '2'],
    ];
    await untilObject(scene, 'externalsecrets', 'versions', (object) => JSON.stringify(shown(object)) === JSON.stringify(expected));
    await scene.objects.delete('externalsecrets', 'versions');
  });

  it('that do not exist are told by name', async () => {
    put('gone');
    for (const [name, version] of Object.entries({ number: '7', label: 'none' })) {
      await scene.objects.externalSecret(`no-${name}`, reading({ a: { key: 'gone', version } }));
      const object = await scene.objects.untilReason(`no-${name}`, 'RemoteSecretNotFound');
      expect(readyOf(object)?.message).toMatch(/parameter "\/app\/gone" \((version 7|label none)\) was not found/);
    }
  });
});

describe('a change', () => {
  it('reaches the Secret within the interval, and nothing is written while there is none', async () => {
    put('rotated', { type: 'SecureString' });
    await scene.objects.externalSecret('rotated', reading({ value: { key: 'rotated' } }, { refreshInterval: '1s' }));
    await scene.objects.untilReason('rotated', 'SecretSynced');
    const value = put('rotated');
    await scene.objects.untilValues('rotated', { value }, 5_000);
    await untilObject(scene, 'externalsecrets', 'rotated', ({ status }) => status?.['lastChangeTime'] !== undefined);
    await writesDuringRefreshes(scene, 2);
    const reads = readsOf('rotated');
    expect(await writesDuringRefreshes(scene, 3)).toEqual([]);
    expect(readsOf('rotated')).toBeGreaterThan(reads);
    await scene.objects.delete('externalsecrets', 'rotated');
  });

  it('shows also when a parameter was deleted and made again, at version 1 as before', async () => {
    put('again');
    await scene.objects.externalSecret('again', reading({ value: { key: 'again' } }, { refreshInterval: '1s' }));
    await scene.objects.untilReason('again', 'SecretSynced');
    scene.aws.parameters().delete('/app/again');
    // Between deletion and creation, or after both: the engine need not see the gap.
    const value = put('again');
    expect(scene.aws.parameters().describe('/app/again').version).toBe(1);
    await scene.objects.untilValues('again', { value }, 5_000);
    await scene.objects.delete('externalsecrets', 'again');
  });

  it('of a target that is not written is seen, and told once', async () => {
    put('none');
    const spec = reading({ value: { key: 'none' } }, { refreshInterval: '1s', target: { creationPolicy: 'None' } });
    await scene.objects.externalSecret('none', spec);
    await scene.objects.untilReason('none', 'Validated');
    put('none');
    const second = ({ status }: AnyObject): boolean => JSON.stringify(status?.['sources']).includes('"versionId":"2"');
    await untilObject(scene, 'externalsecrets', 'none', second);
    await writesDuringRefreshes(scene, 2);
    expect(await writesDuringRefreshes(scene, 3)).toEqual([]);
    await scene.objects.delete('externalsecrets', 'none');
  });
});

describe('a bad name', () => {
  it('fails its own resource, not those in the same call', async () => {
    using _denied = scene.aws.inject({ secretId: '/app/bad/denied', fault: { kind: 'access-denied' } });
    scene.aws.kms.setState('alias/locked', 'enabled');
    put('bad/locked', { type: 'SecureString', keyId: 'alias/locked' });
    scene.aws.kms.setState('alias/locked', 'disabled');
    put('bad/denied');
    const good = Array.from({ length: 6 }, (_, index) => `good${index}`);
    const values = good.map((name) => put(`bad/${name}`));
    const names = [...good, 'denied', 'locked', 'missing'];
    await Promise.all(names.map((name) => scene.objects.externalSecret(`bad-${name}`, reading({ value: { key: `bad/${name}` } }))));
    for (const [index, name] of good.entries()) await scene.objects.untilValues(`bad-${name}`, { value: values[index] ?? '' });
    const messages: Record<string, string | undefined> = {};
    for (const [name, reason] of Object.entries({ denied: 'AccessDenied', locked: 'KMSFailure', missing: 'RemoteSecretNotFound' })) {
      messages[name] = readyOf(await scene.objects.untilReason(`bad-${name}`, reason))?.message;
    }
    expect(messages['denied']).toMatch(/may not call ssm:GetParameter for parameter "\/app\/bad\/denied" in \S+: .*; allow the call /);
    expect(messages['locked']).toContain('parameter "/app/bad/locked" in eu-central-1 could not be decrypted');
    expect(messages['missing']).toContain('parameter "/app/bad/missing" was not found');
  });

  it('has its value as soon as it is good', async () => {
    const denied = scene.aws.inject({ secretId: '/app/repaired', fault: { kind: 'access-denied' } });
    const value = put('repaired');
    await scene.objects.externalSecret('repaired', reading({ value: { key: 'repaired' } }));
    await scene.objects.untilReason('repaired', 'AccessDenied');
    denied.remove();
    await forceSync(scene, 'repaired', 'now');
    await scene.objects.untilValues('repaired', { value }, 5_000);
  });
});
