import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { RemoteRef } from '../../../src/api/external-secret.ts';
import { SecretValue } from '../../../src/base/secret-value.ts';
import type { Entry } from '../../../src/resolve/plan-references.ts';
import { valuesOfEntry } from '../../../src/resolve/values-of-entry.ts';
import { extracted, single } from './entries.ts';

function values(entry: Entry, text: string): Record<string, string> | string {
  const outcome = valuesOfEntry(entry, SecretValue.ofText(text));
  if (!outcome.ok) return outcome.failure.reason;
  return Object.fromEntries([...outcome.value].map(([key, value]) => [key, value.reveal().toString()]));
}

const of = (ref: Partial<RemoteRef>) => single('k', { key: 'db', ...ref });

describe('valuesOfEntry, one key', () => {
  it('takes the whole value as bytes, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const outcome = valuesOfEntry(of({}), SecretValue.ofBytes(bytes));
        expect(outcome.ok && outcome.value.get('k')?.reveal().equals(bytes)).toBe(true);
      }),
    );
  });

  it('takes a property, and decodes it', () => {
    expect(values(of({ property: 'user' }), '{"user":"app"}')).toEqual({ k: 'app' });
    expect(values(of({ property: 'blob', decodingStrategy: 'Base64' }), '{"blob":"YWJj"}')).toEqual({ k: 'abc' });
    expect(values(of({ decodingStrategy: 'Base64' }), 'YWJj')).toEqual({ k: 'abc' });
  });

  it.each<[Partial<RemoteRef>, string, string]>([
    [{ property: 'user' }, 'no JSON canary', 'InvalidJSON'],
    [{ property: 'user' }, '{"canary":1}', 'PropertyNotFound'],
    [{ decodingStrategy: 'Base64' }, 'canary!', 'InvalidEncoding'],
  ])('fails with the place and without the value: %j', (ref, text, reason) => {
    const outcome = valuesOfEntry(of(ref), SecretValue.ofText(text));
    expect(outcome).toMatchObject({ ok: false, failure: { reason } });
    expect(outcome.ok ? '' : outcome.failure.message).toMatch(/^data\[0\] \(k, key "db"\): (?!.*canary)/);
  });

  it('refuses a name that no Secret can have, whatever an old schema let in', () => {
    expect(values(single('a b', { key: 'db' }), 'x')).toBe('InvalidSecretKey');
  });
});

describe('valuesOfEntry, many keys', () => {
  it('gives a key for each property', () => {
    const text = '{"user":"app","port":5432,"big":12345678901234567890,"on":true,"none":null,"list":[1,{"a":"b"}],"__proto__":"p"}';
    const expected = [
      ['user', 'app'],
      ['port', '5432'],
      ['big', '12345678901234567890'],
      ['on', 'true'],
      ['none', ''],
      ['list', '[1,{"a":"b"}]'],
      ['__proto__', 'p'],
    ] as const;
    const outcome = valuesOfEntry(extracted({ key: 'db' }), SecretValue.ofText(text));
    expect(outcome.ok && [...outcome.value].map(([key, value]) => [key, value.reveal().toString()])).toEqual(expected);
  });

  it('extracts a part, and decodes each of its values', () => {
    expect(values(extracted({ key: 'db', property: 'prod' }), '{"prod":{"a":"x"},"test":{}}')).toEqual({ a: 'x' });
    expect(values(extracted({ key: 'db', decodingStrategy: 'Base64' }), '{"a":"YQ==","b":"Yg=="}')).toEqual({ a: 'a', b: 'b' });
  });

  it('makes keys of names that are none', () => {
    expect(values(extracted({ key: 'db' }), '{"a b":"1","c/d":"2"}')).toEqual({ a_b: '1', c_d: '2' });
  });

  it.each([
    ['{"a b":1,"a_b":2}', 'DuplicateSecretKey'],
    ['{"":1}', 'InvalidSecretKey'],
    ['{"..":1}', 'InvalidSecretKey'],
    ['[1]', 'InvalidJSON'],
    ['"text"', 'InvalidJSON'],
    ['1', 'InvalidJSON'],
    ['null', 'InvalidJSON'],
    ['{', 'InvalidJSON'],
  ])('refuses %s', (text, reason) => {
    expect(values(extracted({ key: 'db' }), text)).toBe(reason);
  });

  it('refuses the whole when one value is not as it should be encoded, or the part is not there', () => {
    expect(values(extracted({ key: 'db', decodingStrategy: 'Base64' }), '{"a":"YQ==","b":"?"}')).toBe('InvalidEncoding');
    expect(values(extracted({ key: 'db', property: 'prod' }), '{}')).toBe('PropertyNotFound');
  });
});
