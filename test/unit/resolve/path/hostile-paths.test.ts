// Any path with any value: a result or CostExceeded within the limit of steps, and no stack overflow.
import { describe, expect, it } from '@jest/globals';
import { JsonDocument } from '../../../../src/resolve/json/document.ts';
import { Cost, CostExceeded, STEPS_PER_PATH } from '../../../../src/resolve/path/cost.ts';
import { PathEvaluator } from '../../../../src/resolve/path/evaluate.ts';
import { rawOf, wholeOf } from '../../../../src/resolve/path/value.ts';

const times = (count: number, text: string): string => text.repeat(count);
const list = (count: number, text: string): string => Array(count).fill(text).join(',');

/** About the largest that AWS holds, and beyond. */
const documents: Readonly<Record<string, string>> = {
  numbers: `[${list(32_000, '1')}]`,
  objects: `[${list(7_000, '{"a":1}')}]`,
  members: `{${Array.from({ length: 7_000 }, (_, index) => `"k${index}":1`).join(',')}}`,
  duplicates: `{${list(7_000, '"a":{}')}}`,
  'arrays 100,000 deep': `${times(100_000, '[')}${times(100_000, ']')}`,
  'objects 100,000 deep': `${times(100_000, '{"a":')}1${times(100_000, '}')}`,
  escapes: `{"a":"${times(10_000, String.raw`\u00e9`)}","b":"${times(10_000, String.raw`\n`)}"}`,
  'a long name of escapes': `{"${times(10_000, String.raw`\u00e9`)}":1}`,
  'a long string of escapes': `["${times(5_000, String.raw`\ud83d\ude00`)}"]`,
  'one long name': `{"${times(65_000, 'a')}":1}`,
};

const paths: Readonly<Record<string, string>> = {
  'many stars': `${times(300, '*a')}b`,
  'a star before a long text that nearly matches': `*${times(500, 'a')}b*`,
  'stars for 500 levels': times(500, '*.'),
  'names for 500 levels': `${times(500, 'a.')}a`,
  'indexes for 500 levels': `${times(500, '0.')}0`,
  'each for 500 levels': `${times(500, '#.')}0`,
  'nested queries': `${times(100, '#(#(')}${times(100, '))')}`,
  'a pattern in a query': `#(%"*${times(500, 'a')}b*")#`,
  'nested selections': `${times(500, '[')}a${times(500, ']')}`,
  'a selection that doubles 60 times': Array(60).fill('[@this,@this]').join('|'),
  'a selection of everything': `[${list(150, '@this')}]`,
  'strings of strings': Array(12).fill('@tostr').join('|'),
  'nested searches': `${times(190, '@dig:')}a`,
  'a search for everything': '@dig:@this',
  'a search in a search': '@dig:@dig:@dig:*.*',
  'indentation without end': '@pretty',
  'indentation of nothing': '@pretty:{"indent":"","width":100000}',
  'flattened again and again': Array(100).fill('@flatten:{"deep":true}').join('|'),
  'reversed again and again': Array(100).fill('@reverse').join('|'),
  'literal brackets': `!${times(1000, '[')}`,
  'an open query': `#(${times(1000, '(')}`,
  'many names': `{${list(500, 'a')}}`,
  'many modifiers': `[${list(100, '@join')}]`,
  'many patterns': `{${list(300, 'x*')}}`,
  'many queries': `[${list(100, '#(="x")')}]`,
  'many truths': `[${list(90, '#(=~true)')}]`,
  'the same string again and again': `[${list(80, '0|@fromstr')}]`,
  'a long selection of each': `#.{${list(500, 'a')}}`,
  'a long path of each': `#.#.${times(900, 'b')}|x`,
  'the whole': '@this',
};

const pairs = Object.keys(documents).flatMap((document) => Object.keys(paths).map((path) => ({ document, path })));

describe('the cost', () => {
  it.each(pairs)('of $path on $document has a bound', ({ document: name, path }) => {
    const document = JsonDocument.parse(documents[name]!)!;
    const cost = new Cost(STEPS_PER_PATH);
    try {
      const found = new PathEvaluator(cost).get(wholeOf(document), paths[path]!);
      expect(rawOf(found).length).toBeLessThanOrEqual(1024 * 1024);
    } catch (error) {
      expect(error).toBeInstanceOf(CostExceeded);
    }
  });

  it.each([
    ['members', 'k6999', '1'],
    ['members', 'k*9', '1'],
    ['numbers', '31999', '1'],
    ['numbers', '#', '32000'],
    ['objects', '6999.a', '1'],
    ['objects', '#.a|#', '7000'],
    ['objects', '#(a=2)#', '[]'],
    ['arrays 100,000 deep', '0.0.0.#', '1'],
    ['escapes', 'b|@this|@tostr|@fromstr|!1', '1'],
  ])('of an honest path on %s stays far from it: %s', (name, path, expected) => {
    const document = JsonDocument.parse(documents[name]!)!;
    expect(rawOf(new PathEvaluator(new Cost(STEPS_PER_PATH)).get(wholeOf(document), path))).toBe(expected);
  });
});
