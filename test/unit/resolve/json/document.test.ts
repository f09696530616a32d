import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { JsonDocument } from '../../../../src/resolve/json/document.ts';
import { bytesOf, quote, textOf, unquote } from '../../../../src/resolve/json/string.ts';

/** The value as JavaScript has it, read from the places of the document. */
function read(document: JsonDocument, place: number): unknown {
  const kind = document.kind(place);
  if (kind === 'array') return [...document.items(place)].map((item) => read(document, item));
  if (kind === 'string') return textOf(document.string(place));
  if (kind !== 'object') return JSON.parse(document.raw(place)) as unknown;
  return Object.fromEntries([...document.names(place)].map((name) => [textOf(document.string(name)), read(document, name + 1)]));
}

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('JsonDocument', () => {
  it('holds what JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        const document = JsonDocument.parse(bytesOf(text));
        expect(document?.roots).toBe(1);
        expect(document && JSON.stringify(read(document, 0))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it('takes what JSON.parse takes, and nothing else, when a text is damaged', () => {
    const damage = fc.tuple(
      fc.nat(),
      fc.constantFrom('', '"', '\\', ',', ':', '{', ']', '0', '-', '.', 'e', 'u', ' ', '\n', '\u0001', 'tru'),
    );
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(damage, { minLength: 1, maxLength: 3 }), (value, changes) => {
        let text = JSON.stringify(value);
        for (const [at, piece] of changes) text = text.slice(0, at % text.length) + piece + text.slice((at % text.length) + 1);
        expect(JsonDocument.parse(bytesOf(text))?.roots === 1).toBe(parses(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps every byte of a value, also of numbers that no double holds', () => {
    const text = '{"a" : [ 9007199254740993 , -0, 1e400,1.10 ], "a":"\\u0041"}';
    const document = JsonDocument.parse(text)!;
    expect(document.membersNamed(0, 'a', () => undefined).map((place) => document.raw(place))).toEqual([
      '[ 9007199254740993 , -0, 1e400,1.10 ]',
      '"\\u0041"',
    ]);
    const bytes = Buffer.from([0x22, 0xff, 0xc3, 0x22]).toString('latin1');
    expect(JsonDocument.parse(bytes)?.string(0)).toBe('\u00ff\u00c3');
  });

  it('tells apart the documents of a sequence', () => {
    const document = JsonDocument.parse('{"a":1}\n[2]\n3')!;
    expect([...document.rootPlaces()].map((place) => document.raw(place))).toEqual(['{"a":1}', '[2]', '3']);
  });

  it.each(['[', '{"a":'])('survives a hundred thousand nested %s', (opening) => {
    const closing = opening === '[' ? ']' : '}';
    const text = `${opening.repeat(100_000)}1${closing.repeat(100_000)}`;
    expect(JsonDocument.parse(text)?.raw(0)).toHaveLength(text.length);
    expect(JsonDocument.parse(text.slice(0, -1))).toBeUndefined();
  });
});

describe('quote and unquote', () => {
  it('undo each other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const quoted = quote(bytesOf(text));
        expect(JSON.parse(textOf(quoted))).toBe(text);
        expect(textOf(unquote(quoted))).toBe(text);
      }),
    );
  });

  it('replace half of a pair by U+FFFD, and join two escaped halves', () => {
    expect(textOf(unquote(String.raw`"\ud800"`))).toBe('\ufffd');
    expect(textOf(unquote(String.raw`"\ud83d\ude00\u0041\u00e9"`))).toBe('😀Aé');
    expect(textOf(unquote(String.raw`"\ud800\u0041"`))).toBe('\ufffd');
  });
});
