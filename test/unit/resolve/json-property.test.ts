import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { propertyOf } from '../../../src/resolve/json-property.ts';
import { jsonText, parseJson } from '../../../src/resolve/json-value.ts';

function find(text: string, path: string): string {
  const value = parseJson(text);
  if (!value.ok) throw new Error('not JSON');
  const part = propertyOf(value.value, path);
  if (!part.ok) return part.failure.reason;
  const found = jsonText(part.value);
  return found.ok ? found.value : found.failure.reason;
}

const MISSING = 'PropertyNotFound';

describe('propertyOf', () => {
  it.each([
    ['{"a":"x"}', 'a', 'x'],
    ['{"a":{"b":{"c":"x"}}}', 'a.b.c', 'x'],
    ['{"a":["x","y"]}', 'a.1', 'y'],
    ['{"a":[{"b":"x"}]}', 'a.0.b', 'x'],
    ['["x"]', '0', 'x'],
    ['{"a":{"b":1}}', 'a', '{"b":1}'],
    ['{"a":""}', 'a', ''],
    ['{"a":false}', 'a', 'false'],
    ['{"a.b":"dotted","a":{"b":"nested"}}', 'a.b', 'dotted'],
    ['{"a":{"b.c":"x"}}', 'a.b.c', 'x'],
    ['{"":"x"}', '', 'x'],
    ['{"__proto__":"x"}', '__proto__', 'x'],
  ])('of %s at %s is %s', (text, path, expected) => {
    expect(find(text, path)).toBe(expected);
  });

  it.each([
    ['{"a":null}', 'a'],
    ['{}', 'a'],
    ['{"a":"x"}', 'a.length'],
    ['{"a":1}', 'a.source'],
    ['{"a":["x"]}', 'a.1'],
    ['{"a":["x"]}', 'a.-1'],
    ['{"a":["x"]}', 'a.length'],
    ['{"a":["x"]}', 'a.0x0'],
    ['{"a":["x"]}', 'a.99999999999999999999'],
    ['{}', '__proto__'],
    ['{}', 'constructor.name'],
    ['{}', 'toString'],
    ['"x"', '0'],
    ['null', 'a'],
  ])('finds nothing in %s at %s', (text, path) => {
    expect(find(text, path)).toBe(MISSING);
  });

  it('finds every member by the path that leads to it', () => {
    const name = fc.oneof(fc.constantFrom('__proto__', 'constructor', '0'), fc.stringMatching(/^[a-z0-9_-]{1,6}$/));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), fc.string(), (path, value) => {
        const text = path.reduceRight((inner, member) => `{${JSON.stringify(member)}:${inner}}`, JSON.stringify(value));
        expect(find(text, path.join('.'))).toBe(value);
      }),
    );
  });

  it('names the path, not the value', () => {
    const value = parseJson('{"password":"canary"}');
    const outcome = value.ok ? propertyOf(value.value, 'pasword') : value;
    expect(outcome).toMatchObject({ failure: { message: 'property "pasword" is not in the value' } });
  });
});
