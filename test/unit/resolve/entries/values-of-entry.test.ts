import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { RemoteRef } from '../../../../src/api/schema/external-secret.ts';
import { SecretValue } from '../../../../src/base/secret-value.ts';
import { leadingFailure } from '../../../../src/resolve/entries/entry-outcomes.ts';
import { ReconcileCost } from '../../../../src/resolve/path/cost.ts';
import type { Entry } from '../../../../src/resolve/entries/plan-references.ts';
import { RemoteValue } from '../../../../src/resolve/entries/remote-value.ts';
import { valuesOfEntry } from '../../../../src/resolve/entries/values-of-entry.ts';
import { extracted, single } from '../entries.ts';
import { said, saidOf } from '../../../support/said.ts';

const outcomeOf = (entry: Entry, value: SecretValue) =>
  valuesOfEntry(entry, new RemoteValue(value), {
    cost: new ReconcileCost(),
    work: { isUsedUp: true, checkpoint: () => Promise.resolve() },
  });

async function values(entry: Entry, text: string): Promise<Record<string, string> | string> {
  const outcome = await outcomeOf(entry, SecretValue.ofText(text));
  if (!outcome.ok) return outcome.failure.reason;
  return Object.fromEntries([...outcome.value].map(([key, value]) => [key, value.reveal().toString()]));
}

const of = (ref: Partial<RemoteRef>) => single('k', { key: 'db', ...ref });

describe('valuesOfEntry, one key', () => {
  it('takes the whole value as bytes, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 50 }), async (bytes) => {
        const outcome = await outcomeOf(of({}), SecretValue.ofBytes(bytes));
        expect(outcome.ok && outcome.value.get('k')?.reveal().equals(bytes)).toBe(true);
      }),
    );
  });

  it('takes a property, and decodes it', async () => {
    expect(await values(of({ property: 'user' }), '{"user":"app"}')).toEqual({ k: 'app' });
    expect(await values(of({ property: 'blob', decodingStrategy: 'Base64' }), '{"blob":"YWJj"}')).toEqual({ k: 'abc' });
    expect(await values(of({ decodingStrategy: 'Base64' }), 'YWJj')).toEqual({ k: 'abc' });
  });

  it.each<[Partial<RemoteRef>, string, string]>([
    [{ property: 'user' }, 'no JSON canary', 'InvalidJSON'],
    [{ property: 'user' }, '{"canary":1}', 'PropertyNotFound'],
    [{ decodingStrategy: 'Base64' }, 'canary!', 'InvalidEncoding'],
  ])('fails without the value, and is led by the place of the entry: %j', async (ref, text, reason) => {
    const outcome = await outcomeOf(of(ref), SecretValue.ofText(text));
    expect(outcome).toMatchObject({ ok: false, failure: { reason } });
    if (outcome.ok) throw new Error('a value');
    const first = leadingFailure([{ entry: of(ref), kind: 'failed', step: 'value', failure: outcome.failure }]);
    expect(first && said(first)).toMatch(/^data\[0\] \(k, key "db"\): (?!.*canary)/);
  });

  it('refuses a name that no Secret can have, whatever an old schema let in', async () => {
    expect(await values(single('a b', { key: 'db' }), 'x')).toBe('InvalidSecretKey');
  });
});

describe('valuesOfEntry, many keys', () => {
  it('gives a key for each property', async () => {
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
    const outcome = await outcomeOf(extracted({ key: 'db' }), SecretValue.ofText(text));
    expect(outcome.ok && [...outcome.value].map(([key, value]) => [key, value.reveal().toString()])).toEqual(expected);
  });

  it('extracts a part, and decodes each of its values', async () => {
    expect(await values(extracted({ key: 'db', property: 'prod' }), '{"prod":{"a":"x"},"test":{}}')).toEqual({ a: 'x' });
    expect(await values(extracted({ key: 'db', decodingStrategy: 'Base64' }), '{"a":"YQ==","b":"Yg=="}')).toEqual({ a: 'a', b: 'b' });
  });

  it('takes the object from a property that holds it as a string', async () => {
    expect(await values(extracted({ key: 'db', property: 'json' }), '{"json":"{\\"a\\":\\"x\\"}"}')).toEqual({ a: 'x' });
  });

  it('keeps what is no string byte for byte, and takes the last of two members of one name', async () => {
    const text = '{"a":1,"n":1.10,"l":[ 1 , {"a" : 9007199254740993} ],"a":"2","\\u0061b":"x"}';
    expect(await values(extracted({ key: 'db' }), text)).toEqual({ a: '2', n: '1.10', l: '[ 1 , {"a" : 9007199254740993} ]', ab: 'x' });
  });

  it.each([
    [{}, '{"fine":1,"canary key":1,"canary/key":2}', 'DuplicateSecretKey', 'property number 3: an earlier property gives the same key'],
    [{ decodingStrategy: 'Base64' as const }, '{"a":"YQ==","canary":"?"}', 'InvalidEncoding', 'property number 2: the value is not Base64'],
    [{}, `{"a":1,"canary${'x'.repeat(300)}":1}`, 'InvalidSecretKey', 'property number 2: as a key it is longer than 253 characters'],
  ])('says where a property stands, and not what it is called: %j %s', async (ref, text, reason, message) => {
    const outcome = await outcomeOf(extracted({ key: 'db', ...ref }), SecretValue.ofText(text));
    expect(saidOf(outcome)).toEqual({ reason, message });
  });

  it('makes keys of names that are none', async () => {
    expect(await values(extracted({ key: 'db' }), '{"a b":"1","c/d":"2"}')).toEqual({ a_b: '1', c_d: '2' });
  });

  it.each([
    ['{"a b":1,"a_b":2}', 'DuplicateSecretKey'],
    ['{"":1}', 'InvalidSecretKey'],
    ['{"..":1}', 'InvalidSecretKey'],
    ['{} {}', 'InvalidJSON'],
    ['[1]', 'InvalidJSON'],
    ['"text"', 'InvalidJSON'],
    ['1', 'InvalidJSON'],
    ['null', 'InvalidJSON'],
    ['{', 'InvalidJSON'],
  ])('refuses %s', async (text, reason) => {
    expect(await values(extracted({ key: 'db' }), text)).toBe(reason);
  });

  it('refuses the whole when one value is not as it should be encoded, or the part is not there', async () => {
    expect(await values(extracted({ key: 'db', decodingStrategy: 'Base64' }), '{"a":"YQ==","b":"?"}')).toBe('InvalidEncoding');
    expect(await values(extracted({ key: 'db', property: 'prod' }), '{}')).toBe('PropertyNotFound');
  });
});
