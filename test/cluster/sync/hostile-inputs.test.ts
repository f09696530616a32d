// Hostile inputs: each gets a clear failure, and none affects the process or another resource.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { readyOf } from '../../support/operator/objects.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';

jest.setTimeout(120_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('hostile');
  await scene.createStore();
  scene.createSecret('hostile/healthy');
  await scene.objects.externalSecret('healthy', { refreshInterval: '1s', ...fromKey('hostile/healthy') });
  await scene.objects.untilReason('healthy', 'SecretSynced');
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

interface Row {
  readonly title: string;
  /** The value of the secret `hostile/<name>` in AWS. */
  readonly value?: string | Buffer;
  readonly spec: (key: string) => object;
  readonly reason: string;
  /** The data of the Secret, where one is written. */
  readonly keys?: readonly string[];
}

function fromKey(key: string, remoteRef: object = {}, secretKey = 'value'): { readonly data: readonly object[] } {
  return { data: [{ secretKey, remoteRef: { key, ...remoteRef } }] };
}

const extract = (key: string, extra: object = {}): object => ({ dataFrom: [{ extract: { key, ...extra } }] });
const nested = (open: string, close: string, depth: number, inner = '1'): string => open.repeat(depth) + inner + close.repeat(depth);
const PROTOTYPE = '{"__proto__":{"polluted":"yes"},"constructor":"c","toString":"t","hasOwnProperty":"h","valueOf":"v","plain":"p"}';
const PROTOTYPE_KEYS = ['__proto__', 'constructor', 'hasOwnProperty', 'plain', 'toString', 'valueOf'];
const MANY = JSON.stringify(Object.fromEntries(Array.from({ length: 4_000 }, (_, index) => [`k${index}`, 'v'])));

function property(title: string, value: string, name: string, reason: string): Row {
  return {
    title,
    value,
    reason,
    spec: (key) => fromKey(key, { property: name }),
    ...(reason === 'SecretSynced' ? { keys: ['value'] } : {}),
  };
}

function oddKey(title: string, key: string, reason: string): Row {
  return { title, reason, spec: () => fromKey(key) };
}

const rows: readonly Row[] = [
  // Names that every JavaScript object has.
  { title: 'prototype names as properties', value: PROTOTYPE, spec: (key) => extract(key), reason: 'SecretSynced', keys: PROTOTYPE_KEYS },
  property('__proto__ as the property', PROTOTYPE, '__proto__', 'SecretSynced'),
  property('a property of __proto__', PROTOTYPE, '__proto__.polluted', 'SecretSynced'),
  property('constructor as the property', PROTOTYPE, 'constructor', 'SecretSynced'),
  property('__proto__ of an object without it', '{}', '__proto__', 'PropertyNotFound'),
  property('constructor of an object without it', '{}', 'constructor', 'PropertyNotFound'),
  property('toString of an object without it', '{}', 'toString', 'PropertyNotFound'),
  property('constructor.name of an object without it', '{"a":{}}', 'a.constructor.name', 'PropertyNotFound'),
  property('length of an array', '{"a":[1]}', 'a.length', 'PropertyNotFound'),
  property('length of a string', '{"a":"b"}', 'a.length', 'PropertyNotFound'),
  property('source of a number', '{"a":12345678901234567890}', 'a.source', 'PropertyNotFound'),
  property('toJSON of a number', '{"a":1}', 'a.toJSON', 'PropertyNotFound'),
  property('a negative index', '{"a":[1]}', 'a.-1', 'PropertyNotFound'),
  property('a huge index', '{"a":[1]}', 'a.99999999999999999999', 'PropertyNotFound'),
  property('dots only', '{"a":1}', '....', 'PropertyNotFound'),
  property('a path of 512 steps', '{"a":1}', 'a.'.repeat(511) + 'a', 'PropertyNotFound'),
  { title: '__proto__ as a key', spec: (key) => fromKey(key, {}, '__proto__'), reason: 'SecretSynced', keys: ['__proto__'] },
  { title: 'constructor as a key', spec: (key) => fromKey(key, {}, 'constructor'), reason: 'SecretSynced', keys: ['constructor'] },
  {
    title: 'prototype names as labels and annotations',
    spec: (key) => ({
      target: {
        template: { metadata: { labels: { constructor: 'a', toString: 'b' }, annotations: { valueOf: 'c', hasOwnProperty: 'd' } } },
      },
      ...fromKey(key),
    }),
    reason: 'SecretSynced',
    keys: ['value'],
  },
  // JSON that is deep, wide, or not quite JSON.
  { title: 'arrays 30,000 deep', value: nested('[', ']', 30_000), spec: (key) => extract(key), reason: 'InvalidJSON' },
  property('a property beside arrays 20,000 deep', `{"a":"b","deep":${nested('[', ']', 20_000)}}`, 'a', 'SecretSynced'),
  property('objects 10,000 deep as text', `{"a":${nested('{"b":', '}', 10_000)}}`, 'a', 'SecretSynced'),
  property('a search in a search', `[${Array(8_000).fill('{"a":1}').join(',')}]`, '@dig:@dig:a', 'CostLimitExceeded'),
  property('a selection that doubles 60 times', '{"a":1}', Array(60).fill('[@this,@this]').join('|'), 'CostLimitExceeded'),
  property('selections 500 deep', '{"a":1}', `${'['.repeat(500)}a${']'.repeat(500)}`, 'CostLimitExceeded'),
  property('300 stars', `{"${'a'.repeat(60_000)}":1}`, `${'*a'.repeat(300)}b`, 'PropertyNotFound'),
  property('objects 500 deep as text', `{"a":${nested('{"b":', '}', 500)}}`, 'a', 'SecretSynced'),
  property('objects that never end', '{"a":'.repeat(10_000), 'a', 'InvalidJSON'),
  property('NaN', '{"a":NaN}', 'a', 'InvalidJSON'),
  property('a comment', '{"a":1 /* x */}', 'a', 'InvalidJSON'),
  property('a number of 60,000 digits', `{"a":${'9'.repeat(60_000)}}`, 'a', 'SecretSynced'),
  property('an exponent past all bounds', '{"a":1e999999}', 'a', 'SecretSynced'),
  property('a property that is there twice', '{"a":"1","a":"2"}', 'a', 'SecretSynced'),
  property('a lone surrogate', '{"a":"\\ud800"}', 'a', 'SecretSynced'),
  property('a byte order mark', '\ufeff{"a":1}', 'a', 'InvalidJSON'),
  { title: '4,000 properties', value: MANY, spec: (key) => extract(key), reason: 'SecretSynced' },
  { title: 'a key of 300 characters', value: `{"${'k'.repeat(300)}":"v"}`, spec: (key) => extract(key), reason: 'InvalidSecretKey' },
  { title: 'a key that climbs', value: '{"..":"v"}', spec: (key) => extract(key), reason: 'InvalidSecretKey' },
  { title: 'a key with a path', value: '{"../../etc/passwd":"v"}', spec: (key) => extract(key), reason: 'InvalidSecretKey' },
  {
    title: 'keys in another script',
    value: '{"пароль":"v","密码":"w"}',
    spec: (key) => extract(key),
    reason: 'SecretSynced',
    keys: ['______', '__'],
  },
  { title: 'a key of emoji', value: '{"😀":"v"}', spec: (key) => extract(key), reason: 'SecretSynced', keys: ['_'] },
  { title: 'a key with a line break', value: '{"a\\nb":"v"}', spec: (key) => extract(key), reason: 'SecretSynced', keys: ['a_b'] },
  {
    title: 'keys that differ in a forbidden character',
    value: '{"a/b":"1","a:b":"2"}',
    spec: (key) => extract(key),
    reason: 'DuplicateSecretKey',
  },
  // Bytes.
  { title: '64 KiB of zeros', value: Buffer.alloc(65_536), spec: (key) => fromKey(key), reason: 'SecretSynced', keys: ['value'] },
  { title: '64 KiB of text', value: 'x'.repeat(65_536), spec: (key) => fromKey(key), reason: 'SecretSynced', keys: ['value'] },
  {
    title: '64 KiB that is nearly Base64',
    value: `${'A'.repeat(65_531)}!`,
    spec: (key) => fromKey(key, { decodingStrategy: 'Base64' }),
    reason: 'InvalidEncoding',
  },
  { title: 'control characters', value: '\u0000\u001b[2J\u0007\r\n', spec: (key) => fromKey(key), reason: 'SecretSynced', keys: ['value'] },
  {
    title: 'a value that is written 17 times and is more than a Secret holds',
    value: 'x'.repeat(65_536),
    spec: (key) => ({ data: Array.from({ length: 17 }, (_, index) => ({ secretKey: `k${index}`, remoteRef: { key } })) }),
    reason: 'SecretTooLarge',
  },
  {
    title: 'a value that fills a Secret to the brim',
    value: 'x'.repeat(65_536),
    spec: (key) => ({ data: Array.from({ length: 16 }, (_, index) => ({ secretKey: `k${index}`, remoteRef: { key } })) }),
    reason: 'SecretSynced',
  },
  {
    title: '500 entries',
    spec: (key) => ({ data: Array.from({ length: 500 }, (_, index) => ({ secretKey: `k${index}`, remoteRef: { key } })) }),
    reason: 'SecretSynced',
  },
  // Names for AWS.
  oddKey('a key with blanks', 'no such key!', 'AWSRequestRefused'),
  oddKey('a key with a line break', 'hostile\nX-Amz-Injected: 1', 'AWSRequestRefused'),
  oddKey('a key of 2,048 characters', 'k'.repeat(2_048), 'RemoteSecretNotFound'),
  oddKey('an ARN of nothing', 'arn:', 'RemoteSecretNotFound'),
  oddKey('the ARN of a role', 'arn:aws:iam::111122223333:role/admin', 'RemoteSecretNotFound'),
  oddKey('a key of dots', '../../secret', 'RemoteSecretNotFound'),
  oddKey('a key in another script', 'секрет', 'AWSRequestRefused'),
  { title: 'a version id of nothing', spec: (key) => fromKey(key, { version: 'uuid/' }), reason: 'AWSRequestRefused' },
  { title: 'a version id that is none', spec: (key) => fromKey(key, { version: 'uuid/../../x' }), reason: 'AWSRequestRefused' },
  { title: 'a stage that nobody has', spec: (key) => fromKey(key, { version: '$(whoami)' }), reason: 'RemoteSecretNotFound' },
];

describe('an input', () => {
  it.each(rows.map((row, index) => ({ ...row, name: `row-${index}` })))('$title → $reason', async ({ name, value, spec, reason, keys }) => {
    const key = `hostile/${name}`;
    if (value === undefined) scene.createSecret(key);
    else scene.aws.secrets().create(key, value);
    await scene.objects.externalSecret(name, spec(key));
    const object = await scene.objects.untilReason(name, reason, 10_000);
    const message = readyOf(object)?.message ?? '';
    expect(message.length).toBeGreaterThan(10);
    const secret = await scene.objects.get('secrets', name);
    expect(secret !== undefined).toBe(reason === 'SecretSynced');
    if (keys !== undefined) expect(Object.keys(secret?.data ?? {}).sort()).toEqual([...keys].sort());
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

it('so many long names that no record of them fits on the Secret are refused by size', async () => {
  const data = Array.from({ length: 500 }, (_, index) => ({ secretKey: `k${index}`, remoteRef: { key: `${'n'.repeat(490)}-${index}` } }));
  for (const { remoteRef } of data) scene.aws.secrets().create(remoteRef.key, 'x');
  await scene.objects.externalSecret('long-names', { data });
  const refused = await scene.objects.untilReason('long-names', 'SecretTooLarge');
  expect(readyOf(refused)?.message).toContain('split them over several ExternalSecrets');
  expect(await scene.objects.get('secrets', 'long-names')).toBeUndefined();
});

describe('the neighbours', () => {
  it('of all of them are served as ever', async () => {
    const value = scene.rotate('hostile/healthy');
    await scene.objects.untilValues('healthy', { value }, 5_000);
    expect(scene.operator.running).toBe(true);
    const defects = scene.operator.logLines().filter(({ level }) => level === 'error');
    expect(defects).toEqual([]);
  });

  it('100 of them, beside one that is broken and one that fails for ever', async () => {
    using _ = scene.aws.inject({ secretId: 'hostile/broken', fault: { kind: 'access-denied' } });
    scene.createSecret('hostile/broken');
    await scene.objects.externalSecret('broken', { refreshInterval: '1s', ...fromKey('hostile/broken') });
    await scene.objects.externalSecret('wrong', { refreshInterval: '1s', ...fromKey('never a key!') });
    const names = Array.from({ length: 100 }, (_unused, index) => `many-${index}`);
    const values = new Map(names.map((name) => [name, scene.createSecret(`hostile/${name}`)]));
    await Promise.all(names.map((name) => scene.objects.externalSecret(name, { refreshInterval: '2s', ...fromKey(`hostile/${name}`) })));
    await scene.objects.untilReason('broken', 'AccessDenied');
    await scene.objects.untilReason('wrong', 'AWSRequestRefused');
    await Promise.all(names.map((name) => scene.objects.untilReason(name, 'SecretSynced')));
    for (const name of names) expect(await scene.objects.values(name)).toEqual({ value: values.get(name) });
    for (const name of names) values.set(name, scene.rotate(`hostile/${name}`));
    await waitUntil('all hundred follow', async () => {
      const secrets = new Map((await scene.objects.list('secrets')).map(({ metadata, data }) => [metadata.name, data?.['value']]));
      return names.every((name) => secrets.get(name) === Buffer.from(values.get(name) ?? '').toString('base64'));
    });
    expect(readyOf(await scene.objects.get('externalsecrets', 'broken'))?.reason).toBe('AccessDenied');
  });
});
