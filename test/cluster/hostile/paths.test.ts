// Values of 64 KiB, the maximum of AWS, and expensive paths into them.
import { jest } from '@jest/globals';
import { holdAgainst, type HostileInput } from '../../support/hostile/harness.ts';
import { many } from '../../support/hostile/many.ts';

jest.setTimeout(300_000);

const list = (count: number, text: string): string => Array(count).fill(text).join(',');
const members = (count: number): string => `{${Array.from({ length: count }, (_, index) => `"k${index}":1`).join(',')}}`;

interface Asked extends Pick<HostileInput, 'name' | 'inCi'> {
  readonly value: string;
  /** One for each of 500 entries, in turn. */
  readonly properties: readonly string[];
  readonly reason: string;
  readonly resources?: number;
}

/** ExternalSecrets with 500 entries of one value, and the reason that each of them shows. */
function asked({ name, value, properties, reason, resources = 4, inCi = false }: Asked): HostileInput {
  const data = Array.from({ length: 500 }, (_, index) => ({
    secretKey: `k${index}`,
    remoteRef: { key: 'hostile/value', property: properties[index % properties.length] },
  }));
  return { ...planted(name, value, reason, resources, { data }), inCi };
}

function planted(name: string, value: string, reason: string, resources: number, spec: object): HostileInput {
  const names = Array.from({ length: resources }, (_, index) => `hostile-${index}`);
  return {
    name,
    plant: async (attacker) => {
      attacker.aws.secrets().create('hostile/value', value);
      await many(resources, (index) => attacker.objects.externalSecret(names[index] ?? '', { refreshInterval: '1s', ...spec }));
      for (const each of names) await attacker.objects.untilReason(each, reason, 60_000);
    },
  };
}

holdAgainst([
  asked({
    name: 'JSON with 32,000 numbers and 500 properties of it',
    inCi: true,
    value: `{"a":"x","list":[${list(32_000, '1')}]}`,
    properties: ['a', 'list.0', 'list.31999'],
    reason: 'SecretSynced',
  }),
  asked({
    name: 'JSON of nothing but escapes and 500 properties of it',
    value: `{"a":"x","b":"${String.raw`\u00e9`.repeat(9_000)}","c":"${String.raw`\n`.repeat(5_000)}"}`,
    properties: ['a'],
    reason: 'SecretSynced',
  }),
  asked({
    name: 'arrays 32,000 deep beside 500 properties',
    value: `{"a":"x","deep":${'['.repeat(32_000)}${']'.repeat(32_000)}}`,
    properties: ['a', 'deep.0.#'],
    reason: 'SecretSynced',
  }),
  asked({
    name: 'a name of 60,000 characters and patterns that nearly match it everywhere',
    value: `{"${'a'.repeat(60_000)}":1,"x":"y"}`,
    properties: [`*${'a'.repeat(500)}b*`],
    reason: 'CostLimitExceeded',
  }),
  asked({
    name: 'searches in searches',
    value: `[${list(8_000, '{"a":1}')}]`,
    properties: [`${'@dig:'.repeat(150)}a`],
    reason: 'CostLimitExceeded',
  }),
  asked({
    name: 'wildcards over 6,000 members, 500 times',
    value: members(6_000),
    properties: ['*5999', 'k?999'],
    reason: 'SecretSynced',
  }),
  asked({
    name: 'modifiers that make the whole value again, a hundred in a row',
    value: members(6_000),
    properties: [`${'@reverse|'.repeat(100)}k0`],
    reason: 'CostLimitExceeded',
  }),
  planted('50 extracts of an object with 6,000 members', members(6_000), 'CostLimitExceeded', 8, {
    dataFrom: Array.from({ length: 50 }, () => ({ extract: { key: 'hostile/value' } })),
  }),
  planted('an object with 6,000 members, extracted by 20 ExternalSecrets', members(6_000), 'SecretSynced', 20, {
    dataFrom: [{ extract: { key: 'hostile/value' } }],
  }),
  planted('a value of 64 KiB, written 500 times', 'x'.repeat(65_536), 'SecretTooLarge', 4, {
    data: Array.from({ length: 500 }, (_, index) => ({ secretKey: `k${index}`, remoteRef: { key: 'hostile/value' } })),
  }),
]);
