// Paths have the same results as in gjson, the library of external-secrets.io. test/support/gjson recorded them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { JsonDocument, type Kind } from '../../../../src/resolve/json/document.ts';
import { bytesOf, textOf } from '../../../../src/resolve/json/string.ts';
import { Cost, STEPS_PER_PATH } from '../../../../src/resolve/path/cost.ts';
import { PathEvaluator } from '../../../../src/resolve/path/evaluate.ts';
import { contentOf, kindOf, rawOf, wholeOf } from '../../../../src/resolve/path/value.ts';

interface Answers {
  readonly json: string;
  /** Path, type, JSON text and, of a string, its content; the path only where it leads nowhere. */
  readonly cases: readonly (readonly string[])[];
}

const recorded = readFileSync(join(import.meta.dirname, 'gjson-answers.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Answers);

const TYPES: Readonly<Record<Kind, string>> = {
  object: 'JSON',
  array: 'JSON',
  string: 'String',
  number: 'Number',
  true: 'True',
  false: 'False',
  null: 'Null',
};

function answer(document: JsonDocument, path: string): readonly string[] {
  const found = new PathEvaluator(new Cost(STEPS_PER_PATH)).get(wholeOf(document), bytesOf(path));
  const kind = kindOf(found);
  if (found === undefined || kind === undefined) return [path];
  return [path, TYPES[kind], textOf(rawOf(found)), ...(kind === 'string' ? [textOf(contentOf(found))] : [])];
}

describe('a path', () => {
  it('leads where gjson says', () => {
    const wrong = recorded.flatMap(({ json, cases }) => {
      const document = JsonDocument.parse(bytesOf(json));
      if (document === undefined) return [{ json }];
      return cases.flatMap((expected) => {
        const found = answer(document, expected[0] ?? '');
        return JSON.stringify(found) === JSON.stringify(expected) ? [] : [{ json, expected, found }];
      });
    });
    expect(wrong).toEqual([]);
  });

  it('was compared thousands of times, and found something in a good part of them', () => {
    const cases = recorded.flatMap(({ cases: some }) => some);
    expect(cases.length).toBeGreaterThan(4000);
    expect(cases.filter(({ length }) => length > 1).length).toBeGreaterThan(2000);
  });
});
