import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isJsonObject, JsonNumber, jsonText, parseJson, type JsonValue } from '../../../src/resolve/json-value.ts';

function parsed(text: string): JsonValue {
  const outcome = parseJson(text);
  if (!outcome.ok) throw new Error(outcome.failure.reason);
  return outcome.value;
}

function textOf(value: JsonValue): string {
  const outcome = jsonText(value);
  if (!outcome.ok) throw new Error(outcome.failure.reason);
  return outcome.value;
}

/** The text of the member `a`. */
const memberText = (text: string): string => {
  const value = parsed(text);
  if (!isJsonObject(value) || value['a'] === undefined) throw new Error('no member');
  return textOf(value['a']);
};

describe('parseJson and jsonText', () => {
  it.each(['12345678901234567890', '1.10', '-0', '1e400', '0.1000000000000000055511151231257827', '1E+2'])(
    'keeps the number %s as it is written',
    (number) => {
      expect(memberText(`{"a":${number}}`)).toBe(number);
      expect(memberText(`{"a":[${number},{"b":${number}}]}`)).toBe(`[${number},{"b":${number}}]`);
      expect(textOf(parsed(number))).toBe(number);
    },
  );

  it('writes strings as they are, null as nothing, and everything else as the same JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = textOf(parsed(JSON.stringify(value)));
        if (typeof value === 'string') expect(text).toBe(value);
        else expect(text).toBe(value === null ? '' : JSON.stringify(value));
      }),
    );
  });

  it('keeps members that are named like those of Object.prototype', () => {
    const value = parsed('{"__proto__":{"a":1},"constructor":"x","toString":[true]}');
    expect(isJsonObject(value) && Object.keys(value)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(textOf(value)).toBe('{"__proto__":{"a":1},"constructor":"x","toString":[true]}');
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  it('takes the last of two members of one name', () => {
    expect(memberText('{"a":1,"a":2}')).toBe('2');
  });

  it.each(['', '{', '{"a":}', "{'a':1}", 'canary-7d2e', '{"password":"canary-7d2e",}', '\ufeff{}'])(
    'refuses %j without quoting it',
    (text) => {
      const outcome = parseJson(text);
      expect(outcome).toMatchObject({ ok: false, failure: { reason: 'InvalidJSON' } });
      expect(JSON.stringify(outcome)).not.toContain('canary');
    },
  );

  it.each(['[', '{"a":'])('survives a hundred thousand nested %s', (opening) => {
    const closing = opening === '[' ? ']' : '}';
    const outcome = parseJson(`${opening.repeat(100_000)}1${closing.repeat(100_000)}`);
    const text = outcome.ok ? jsonText(outcome.value) : outcome;
    if (!text.ok) expect(text.failure.reason).toBe('InvalidJSON');
    else expect(text.value).toHaveLength(100_000 * (opening.length + 1) + 1);
  });

  it('tells objects from what only looks like one', () => {
    expect([parsed('{}'), parsed('[]'), parsed('1'), null, undefined, 'x'].map((value) => isJsonObject(value))).toEqual([
      true,
      ...Array<boolean>(5).fill(false),
    ]);
    expect(parsed('1')).toBeInstanceOf(JsonNumber);
  });
});
