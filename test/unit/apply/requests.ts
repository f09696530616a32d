/** Write requests and their parts for the tests of this folder. */
import * as fc from 'fast-check';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import type { SecretObject } from '../../../src/api/object/object.ts';
import { valueIn } from '../../../src/api/object/object.ts';
import type { ContentId, DigestKey } from '../../../src/base/digest.ts';
import { SecretValue } from '../../../src/base/secret-value.ts';
import type { WriteRequest } from '../../../src/apply/write-request.ts';
import type { MemoryApi } from '../../support/fakes/memory-api.ts';

export const NAMESPACE = 'team';
export const SECRET = 'database';
export const open = new AbortController().signal;

export const key: DigestKey = { id: 'k1', bytes: Buffer.alloc(32, 1) };
export const otherKey: DigestKey = { id: 'k2', bytes: Buffer.alloc(32, 2) };

export type Values = Readonly<Record<string, string>>;

/** Values are text here; bytes are tried by the digest's own tests. */
export interface Wish {
  readonly values?: Values;
  readonly labels?: Values;
  readonly annotations?: Values;
  readonly type?: string;
  readonly immutable?: boolean;
  readonly writer?: string;
  readonly uid?: string;
}

export function request(wish: Wish = {}, overrides: Partial<WriteRequest> = {}): WriteRequest {
  const { values = { password: 'one' }, labels = {}, annotations = {}, type = 'Opaque', immutable = false, writer = 'orders' } = wish;
  const uid = wish.uid ?? `es-${writer}`;
  return {
    dialect: keytender,
    writer: { apiVersion: 'keytender.dev/v1', kind: 'ExternalSecret', namespace: NAMESPACE, name: writer, uid, generation: 1 },
    secretName: SECRET,
    policy: 'Owner',
    recreate: false,
    content: { type, immutable, labels, annotations, data: dataOf(values) },
    inputs: 'inputs-1',
    sources: [{ key: 'production/database', stage: 'AWSCURRENT', versionId: 'v1' }],
    former: {},
    now: '2026-01-02T00:00:00.000Z',
    key,
    isWriter: (other) => other === uid,
    fieldOfKey: () => 'dataFrom[0]',
    ...overrides,
  };
}

export function dataOf(values: Values): ReadonlyMap<string, SecretValue> {
  return new Map(Object.entries(values).map(([name, value]) => [name, SecretValue.ofText(value)]));
}

export function secretIn(api: MemoryApi, name = SECRET): SecretObject | undefined {
  return api.find(builtin.secret, NAMESPACE, name);
}

/** What the Secret holds, as text. */
export function valuesIn(api: MemoryApi): Values | undefined {
  const secret = secretIn(api);
  if (secret === undefined) return undefined;
  return Object.fromEntries(
    Object.keys(secret.data ?? {})
      .sort()
      .map((name) => [name, Buffer.from(valueIn(secret.data, name) ?? '', 'base64').toString()]),
  );
}

export function sorted(values: Values): Values {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function encoded(values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Buffer.from(value).toString('base64')]));
}

/** A Secret that somebody else has made. */
export function strangers(api: MemoryApi, values: Values, metadata: object = {}, rest: object = {}): void {
  api.put(builtin.secret, { metadata: { name: SECRET, namespace: NAMESPACE, ...metadata }, ...rest, data: encoded(values) });
}

const HOSTILE = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', '0', '.dockerconfigjson'];
const anyKey = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('a', 'b', 'c', 'password') },
  { weight: 1, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.stringMatching(/^[-_a-zA-Z0-9][-._a-zA-Z0-9]{0,12}$/) },
);
/** Few values, so that equal ones meet. */
const anyValue = fc.constantFrom('', 'one', 'two', 'three', '\u0000\u00ff');

export const anyValues: fc.Arbitrary<Values> = fc
  .uniqueArray(fc.tuple(anyKey, anyValue), { selector: ([name]) => name, maxLength: 5 })
  .map((entries) => Object.fromEntries(entries));

const anyName = fc.constantFrom('team', 'app', 'example.com/tier', 'constructor', 'note');
export const anyMetadata: fc.Arbitrary<Values> = fc
  .uniqueArray(fc.tuple(anyName, anyValue), { selector: ([name]) => name, maxLength: 3 })
  .map((entries) => Object.fromEntries(entries));

export function contentId(text: string): ContentId {
  return text as ContentId;
}
