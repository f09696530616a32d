// From AWS values to keys: properties, whole objects, encodings, versions, names. One ExternalSecret for each row.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { readyOf } from '../../support/operator/objects.ts';
import { forceSync, readsOf } from '../../support/operator/waits.ts';

jest.setTimeout(60_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('values');
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

const BIG_NUMBER = '12345678901234567890';

const DOCUMENT = `{"user":"ada","pass.word":"literal","pass":{"word":"nested"},"db":{"hosts":["a","b",{"name":"c"}],"port":5432},
"account":${BIG_NUMBER},"price":1.10,"on":true,"empty":"","nothing":null,"text with spaces":"x"}`;

interface Row {
  readonly title: string;
  readonly value: string | Buffer;
  readonly remoteRef: object;
}

interface Good extends Row {
  readonly expected: string | Buffer;
}

const good: readonly Good[] = [
  { title: 'a whole value', value: 'plain text\n', remoteRef: {}, expected: 'plain text\n' },
  { title: 'a property', value: DOCUMENT, remoteRef: { property: 'user' }, expected: 'ada' },
  { title: 'a literal dotted name before a nested one', value: DOCUMENT, remoteRef: { property: 'pass.word' }, expected: 'literal' },
  { title: 'a nested property', value: DOCUMENT, remoteRef: { property: 'db.port' }, expected: '5432' },
  { title: 'an array element', value: DOCUMENT, remoteRef: { property: 'db.hosts.1' }, expected: 'b' },
  { title: 'a property of an array element', value: DOCUMENT, remoteRef: { property: 'db.hosts.2.name' }, expected: 'c' },
  { title: 'an object as JSON text', value: DOCUMENT, remoteRef: { property: 'db.hosts' }, expected: '["a","b",{"name":"c"}]' },
  { title: 'a number of 20 digits', value: DOCUMENT, remoteRef: { property: 'account' }, expected: BIG_NUMBER },
  { title: 'a number with a zero at its end', value: DOCUMENT, remoteRef: { property: 'price' }, expected: '1.10' },
  {
    title: 'a member of a member whose name has dots',
    value: '{"db.example.com":{"user":"app"}}',
    remoteRef: { property: String.raw`db\.example\.com.user` },
    expected: 'app',
  },
  { title: 'an escaped name', value: '{"tls.crt":"c","tls":{"crt":"n"}}', remoteRef: { property: String.raw`tls\.crt` }, expected: 'c' },
  {
    title: 'an element by a query',
    value: '{"users":[{"name":"ada","pw":"1"},{"name":"app","pw":"2"}]}',
    remoteRef: { property: 'users.#(name=="app").pw' },
    expected: '2',
  },
  {
    title: 'JSON in a string',
    value: `{"config":"{\\"user\\":\\"ada\\"}"}`,
    remoteRef: { property: 'config|@fromstr|user' },
    expected: 'ada',
  },
  {
    title: 'a selection, byte for byte',
    value: `{"a":{"id": 9007199254740993 },"b":[1.10, 1e400]}`,
    remoteRef: { property: '{a.id,b}' },
    expected: '{"id":9007199254740993,"b":[1.10, 1e400]}',
  },
  { title: 'a boolean', value: DOCUMENT, remoteRef: { property: 'on' }, expected: 'true' },
  { title: 'an empty string', value: DOCUMENT, remoteRef: { property: 'empty' }, expected: '' },
  { title: 'bytes', value: Buffer.from([0, 1, 254, 255]), remoteRef: {}, expected: Buffer.from([0, 1, 254, 255]) },
  { title: 'a property of JSON in bytes', value: Buffer.from(DOCUMENT), remoteRef: { property: 'user' }, expected: 'ada' },
  { title: 'Base64', value: 'AP/+', remoteRef: { decodingStrategy: 'Base64' }, expected: Buffer.from([0, 255, 254]) },
  { title: 'Base64URL', value: 'AP_-', remoteRef: { decodingStrategy: 'Base64URL' }, expected: Buffer.from([0, 255, 254]) },
  { title: 'Auto with Base64', value: 'AP/+', remoteRef: { decodingStrategy: 'Auto' }, expected: Buffer.from([0, 255, 254]) },
  { title: 'Auto with Base64URL', value: 'AP_-', remoteRef: { decodingStrategy: 'Auto' }, expected: Buffer.from([0, 255, 254]) },
  { title: 'Auto with neither', value: 'no encoding!', remoteRef: { decodingStrategy: 'Auto' }, expected: 'no encoding!' },
  { title: 'None', value: 'AP/+', remoteRef: { decodingStrategy: 'None' }, expected: 'AP/+' },
  {
    title: 'Base64 in a property',
    value: '{"a":"AP/+"}',
    remoteRef: { property: 'a', decodingStrategy: 'Base64' },
    expected: Buffer.from([0, 255, 254]),
  },
];

interface Bad extends Row {
  readonly reason: string;
  readonly message: string;
}

const bad: readonly Bad[] = [
  {
    title: 'a missing property',
    value: DOCUMENT,
    remoteRef: { property: 'db.nowhere' },
    reason: 'PropertyNotFound',
    message: 'property "db.nowhere" is not in the value; compare remoteRef.property',
  },
  { title: 'null', value: DOCUMENT, remoteRef: { property: 'nothing' }, reason: 'PropertyNotFound', message: 'property "nothing" is null' },
  {
    title: 'an index past the end',
    value: DOCUMENT,
    remoteRef: { property: 'db.hosts.3' },
    reason: 'PropertyNotFound',
    message: 'property "db.hosts.3" is not in the value',
  },
  { title: 'no JSON', value: 'no {json', remoteRef: { property: 'a' }, reason: 'InvalidJSON', message: 'the value is not valid JSON' },
  {
    title: 'bytes that are no JSON',
    value: Buffer.from([255]),
    remoteRef: { property: 'a' },
    reason: 'InvalidJSON',
    message: 'the value is not valid JSON',
  },
  {
    title: 'no Base64',
    value: 'not base64!',
    remoteRef: { decodingStrategy: 'Base64' },
    reason: 'InvalidEncoding',
    message: 'the value is not Base64',
  },
  {
    title: 'no Base64URL',
    value: 'AP/+',
    remoteRef: { decodingStrategy: 'Base64URL' },
    reason: 'InvalidEncoding',
    message: 'the value is not Base64URL',
  },
];

describe('one key', () => {
  it.each(good.map((row, index) => ({ ...row, name: `good-${index}` })))('takes $title', async ({ name, value, remoteRef, expected }) => {
    scene.aws.secrets().create(`values/${name}`, value);
    await scene.objects.externalSecret(name, { data: [{ secretKey: 'key', remoteRef: { key: `values/${name}`, ...remoteRef } }] });
    await scene.objects.untilReason(name, 'SecretSynced');
    const secret = await scene.objects.get('secrets', name);
    expect(secret?.data).toEqual({ key: Buffer.from(expected).toString('base64') });
  });

  it.each(bad.map((row, index) => ({ ...row, name: `bad-${index}` })))(
    'is not written from $title',
    async ({ name, value, remoteRef, reason, message }) => {
      scene.aws.secrets().create(`values/${name}`, value);
      await scene.objects.externalSecret(name, {
        data: [
          { secretKey: 'other', remoteRef: { key: `values/${name}` } },
          { secretKey: 'key', remoteRef: { key: `values/${name}`, ...remoteRef } },
        ],
      });
      const failed = await scene.objects.untilReason(name, reason);
      expect(readyOf(failed)).toMatchObject({ status: 'False' });
      expect(readyOf(failed)?.message).toContain(`data[1] (key, key "values/${name}"): ${message}`);
      expect(await scene.objects.get('secrets', name)).toBeUndefined();
    },
  );

  it('is written as soon as the value in AWS has the property', async () => {
    scene.aws.secrets().create('values/later', '{}');
    await scene.objects.externalSecret('later', {
      refreshInterval: '1s',
      data: [{ secretKey: 'key', remoteRef: { key: 'values/later', property: 'a' } }],
    });
    await scene.objects.untilReason('later', 'PropertyNotFound');
    scene.aws.secrets().put('values/later', '{"a":"b"}');
    await scene.objects.untilReason('later', 'SecretSynced', 10_000);
    expect(await scene.objects.values('later')).toEqual({ key: 'b' });
  });
});

describe('extract', () => {
  it('gives a key for each property, with names that a Secret may have', async () => {
    scene.aws.secrets().create('values/extract', DOCUMENT);
    await scene.objects.externalSecret('extract', { dataFrom: [{ extract: { key: 'values/extract' } }] });
    await scene.objects.untilReason('extract', 'SecretSynced');
    expect(await scene.objects.values('extract')).toEqual({
      user: 'ada',
      'pass.word': 'literal',
      pass: '{"word":"nested"}',
      db: '{"hosts":["a","b",{"name":"c"}],"port":5432}',
      account: BIG_NUMBER,
      price: '1.10',
      on: 'true',
      empty: '',
      nothing: '',
      text_with_spaces: 'x',
    });
  });

  it('takes one property of the object, decoded', async () => {
    scene.aws.secrets().create('values/part', '{"inner":{"a":"YQ==","b":"Yg=="},"outer":"x"}');
    await scene.objects.externalSecret('part', {
      dataFrom: [{ extract: { key: 'values/part', property: 'inner', decodingStrategy: 'Base64' } }],
    });
    await scene.objects.untilReason('part', 'SecretSynced');
    expect(await scene.objects.values('part')).toEqual({ a: 'a', b: 'b' });
  });

  it('lets data win over dataFrom, and a later entry over an earlier one', async () => {
    scene.aws.secrets().create('values/first', '{"a":"first","b":"first","c":"first"}');
    scene.aws.secrets().create('values/second', '{"b":"second","c":"second"}');
    await scene.objects.externalSecret('wins', {
      data: [{ secretKey: 'c', remoteRef: { key: 'values/first', property: 'a' } }],
      dataFrom: [{ extract: { key: 'values/first' } }, { extract: { key: 'values/second' } }],
    });
    await scene.objects.untilReason('wins', 'SecretSynced');
    expect(await scene.objects.values('wins')).toEqual({ a: 'first', b: 'second', c: 'first' });
  });

  it.each([
    [
      'two properties that become one key',
      '{"a b":"1","a_b":"2"}',
      'DuplicateSecretKey',
      'property number 2: an earlier property gives the same key',
    ],
    ['a property that can be no key', '{"ok":"1","":"2"}', 'InvalidSecretKey', 'property number 2: as a key it is empty'],
    ['a list', '["a"]', 'InvalidJSON', 'only a JSON object can be extracted'],
    ['text', 'text', 'InvalidJSON', 'the value is not valid JSON'],
  ])('refuses %s', async (title, value, reason, message) => {
    const name = `refused-${title.replaceAll(' ', '-')}`;
    scene.aws.secrets().create(`values/${name}`, value);
    await scene.objects.externalSecret(name, { dataFrom: [{ extract: { key: `values/${name}` } }] });
    const failed = await scene.objects.untilReason(name, reason);
    expect(readyOf(failed)?.message).toContain(`dataFrom[0] (key "values/${name}"): ${message}`);
    expect(await scene.objects.get('secrets', name)).toBeUndefined();
  });
});

describe('a version', () => {
  it('is named by its stage', async () => {
    const before = scene.createSecret('values/stage');
    const current = scene.rotate('values/stage');
    await scene.objects.externalSecret('stage', {
      data: [
        { secretKey: 'current', remoteRef: { key: 'values/stage' } },
        { secretKey: 'previous', remoteRef: { key: 'values/stage', version: 'AWSPREVIOUS' } },
      ],
    });
    await scene.objects.untilReason('stage', 'SecretSynced');
    expect(await scene.objects.values('stage')).toEqual({ current, previous: before });
    const next = scene.rotate('values/stage');
    await forceSync(scene, 'stage', 'rotated');
    await scene.objects.untilValues('stage', { current: next, previous: current });
  });

  it('that is pinned stays what it is and is never read again', async () => {
    const pinned = randomUUID();
    const value = scene.canaryValue();
    scene.aws.secrets().create('values/pinned', value, { versionId: pinned });
    scene.rotate('values/pinned');
    scene.createSecret('values/beside-pinned');
    await scene.objects.externalSecret('pinned', {
      refreshInterval: '1s',
      data: [
        { secretKey: 'key', remoteRef: { key: 'values/pinned', version: `uuid/${pinned}` } },
        { secretKey: 'beside', remoteRef: { key: 'values/beside-pinned' } },
      ],
    });
    await scene.objects.untilReason('pinned', 'SecretSynced');
    expect(readsOf(scene, 'values/pinned')).toBe(1);
    const beside = scene.rotate('values/beside-pinned');
    await scene.objects.untilValues('pinned', { key: value, beside });
    expect(readsOf(scene, 'values/pinned')).toBe(1);
  });

  it('that does not exist is named in the message', async () => {
    scene.createSecret('values/no-stage');
    await scene.objects.externalSecret('no-stage', {
      data: [{ secretKey: 'key', remoteRef: { key: 'values/no-stage', version: 'AWSPENDING' } }],
    });
    const failed = await scene.objects.untilReason('no-stage', 'RemoteSecretNotFound');
    expect(readyOf(failed)?.message).toContain('secret "values/no-stage" (stage AWSPENDING) was not found in eu-central-1');
  });
});

describe('a key', () => {
  it('gets the prefix of the store, unless it is an ARN', async () => {
    await scene.createStore('prefixed', { prefix: 'team-a/' });
    const named = scene.createSecret('team-a/named');
    const { arn } = scene.aws.secrets().create('values/by-arn', 'by-arn');
    const partial = arn.replace(/-[A-Za-z0-9]{6}$/, '');
    await scene.objects.externalSecret('prefix', {
      secretStoreRef: { name: 'prefixed' },
      data: [
        { secretKey: 'named', remoteRef: { key: 'named' } },
        { secretKey: 'arn', remoteRef: { key: arn } },
        { secretKey: 'partial', remoteRef: { key: partial } },
      ],
    });
    await scene.objects.untilReason('prefix', 'SecretSynced');
    expect(await scene.objects.values('prefix')).toEqual({ named, arn: 'by-arn', partial: 'by-arn' });
  });
});
