import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { digestKeyId, digestParts, type DigestKey } from '../../../src/base/digest.ts';

const key: DigestKey = { id: 'k1', bytes: Buffer.alloc(32, 7) };
const other: DigestKey = { id: 'k2', bytes: Buffer.alloc(32, 8) };
const lists = fc.array(fc.uint8Array({ maxLength: 6, max: 2 }), { maxLength: 5 });

/** One text cut into parts in two ways: same bytes in the same order, other borders. */
const twoCuts = fc
  .tuple(fc.uint8Array({ maxLength: 12 }), fc.array(fc.nat(12), { maxLength: 4 }), fc.array(fc.nat(12), { maxLength: 4 }))
  .map(([bytes, left, right]) => [cut(bytes, left), cut(bytes, right)] as const);

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const borders = [0, ...places.filter((place) => place <= bytes.length).sort((a, b) => a - b), bytes.length];
  return borders.slice(1).map((end, index) => bytes.subarray(borders[index], end));
}

function hex(list: readonly Uint8Array[]): string {
  return list.map((part) => Buffer.from(part).toString('hex')).join(',') + `#${list.length}`;
}

describe('digestParts', () => {
  it('is the HMAC-SHA-256 of each length and part, led by the key id', () => {
    const canonical = Buffer.concat([
      Buffer.from([0, 0, 0, 0, 0, 0, 0, 2]),
      Buffer.from('ab'),
      Buffer.alloc(8),
      Buffer.from([0, 0, 0, 0, 0, 0, 0, 1, 255]),
    ]);
    const expected = createHmac('sha256', key.bytes).update(canonical).digest('base64url');
    expect(digestParts(key, ['ab', '', new Uint8Array([255])])).toBe(`k1:${expected}`);
  });

  it('differs whenever the parts differ', () => {
    fc.assert(
      fc.property(lists, lists, (left, right) => {
        expect(digestParts(key, left) === digestParts(key, right)).toBe(hex(left) === hex(right));
      }),
      { numRuns: 500 },
    );
  });

  it('sees where one part ends and the next begins', () => {
    fc.assert(
      fc.property(twoCuts, ([left, right]) => {
        expect(digestParts(key, left) === digestParts(key, right)).toBe(hex(left) === hex(right));
      }),
      { numRuns: 500 },
    );
  });

  it('takes text as its UTF-8 bytes', () => {
    expect(digestParts(key, ['pässword'])).toBe(digestParts(key, [Buffer.from('pässword')]));
  });

  it('depends on the bytes of the key, not on its id alone', () => {
    expect(digestParts({ ...other, id: key.id }, ['a'])).not.toBe(digestParts(key, ['a']));
  });
});

describe('digestKeyId', () => {
  it('names the key of a digest', () => {
    expect(digestKeyId(digestParts(key, ['a']))).toBe('k1');
    expect(digestKeyId(digestParts(other, ['a']))).toBe('k2');
  });

  it.each([
    '',
    'k1',
    'k1:',
    'k1:short',
    `${digestParts(key, ['a'])}x`,
    `K1:${'a'.repeat(43)}`,
    `:${'a'.repeat(43)}`,
    ` ${digestParts(key, [])}`,
  ])('does not take %j for a digest', (text) => {
    expect(digestKeyId(text)).toBeUndefined();
  });
});
