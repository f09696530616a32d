import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decode, type DecodingStrategy } from '../../../../src/resolve/entries/decode.ts';

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const decoded = (text: string | Buffer, strategy: DecodingStrategy): Buffer | string => {
  const outcome = decode(Buffer.from(text), strategy);
  return outcome.ok ? outcome.value : outcome.failure.reason;
};

describe('decode', () => {
  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(decoded(value, 'None')).toEqual(value);
        expect(decoded(value.toString('base64'), 'Base64')).toEqual(value);
        expect(decoded(value.toString('base64url'), 'Base64URL')).toEqual(value);
        const padded = value.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
        expect(decoded(padded, 'Base64URL')).toEqual(value);
        for (const text of [value.toString('base64'), padded]) expect(decoded(text, 'Auto')).toEqual(value);
      }),
    );
  });

  it('takes line breaks as base64 writes them', () => {
    const value = Buffer.alloc(100, 7);
    const lines = value.toString('base64').replaceAll(/(.{76})/g, '$1\n');
    expect(decoded(`${lines}\r\n`, 'Base64')).toEqual(value);
    expect(decoded(`${value.toString('base64url')}\n`, 'Base64URL')).toEqual(value);
  });

  it.each(['a', 'abc', 'YQ=', 'Y Q==', 'YQ==YQ==', '====', 'ä===', 'a-b_'])('does not take %j for Base64', (text) => {
    expect(decoded(text, 'Base64')).toBe('InvalidEncoding');
  });

  it.each(['a', 'YQ=', 'a+b/', 'ab.d', '=='])('does not take %j for Base64URL', (text) => {
    expect(decoded(text, 'Base64URL')).toBe('InvalidEncoding');
  });

  it('leaves as it is what is not encoded, when asked to find out', () => {
    for (const text of ['not encoded!', 'a', 'pass word', 'YQ=']) expect(decoded(text, 'Auto')).toEqual(Buffer.from(text));
    const binary = Buffer.from([0, 255, 254]);
    expect(decoded(binary, 'Auto')).toEqual(binary);
  });

  it('says nothing of the value', () => {
    const outcome = decode(Buffer.from('canary!'), 'Base64');
    expect(outcome).toMatchObject({ failure: { message: 'the value is not Base64' } });
  });

  it('is done with a megabyte', () => {
    expect(decoded(`${'QUJD'.repeat(262_144)}!`, 'Auto')).toHaveLength(1_048_577);
  });
});
