import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { MAX_JSON_BYTES, parseJson, propertyOf } from '../../../../src/resolve/entries/json-property.ts';
import { ReconcileCost } from '../../../../src/resolve/path/cost.ts';
import { contentOf } from '../../../../src/resolve/path/value.ts';
import { said } from '../../../support/said.ts';

function outcomeOf(text: string, path: string, round = new ReconcileCost()) {
  const document = parseJson(Buffer.from(text));
  return document.ok ? propertyOf(document.value, path, round) : document;
}

function find(text: string, path: string): string {
  const part = outcomeOf(text, path);
  return part.ok ? Buffer.from(contentOf(part.value), 'latin1').toString() : part.failure.reason;
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
    ['{"":"x"}', '', 'x'],
    ['{"__proto__":"x"}', '__proto__', 'x'],
    ['{"пароль":{"é":"x"}}', 'пароль.é', 'x'],
  ])('of %s at %s is %s', (text, path, expected) => {
    expect(find(text, path)).toBe(expected);
  });

  it.each([
    // The whole property as a name comes first, then the path.
    ['{"a.b":"dotted","a":{"b":"nested"}}', 'a.b', 'dotted'],
    ['{"a.b":"dotted","a":{"b":"nested"}}', String.raw`a\.b`, 'dotted'],
    ['{"tls.crt":"c","tls":{"crt":"n"}}', 'tls.crt', 'c'],
    ['{"www.example.com":"x"}', '*.example.com', 'x'],
    // Names with dots in the middle of a path.
    ['{"db.example.com":{"user":"app"}}', String.raw`db\.example\.com.user`, 'app'],
    ['{"a":{"b.c":"x"}}', String.raw`a.b\.c`, 'x'],
    ['{"db.example.com":{"user":"app"}}', 'db*.user', 'app'],
    // What external-secrets.io answers with {} because it escapes the dots.
    ['{"a":{"b":1},"c":2}', '{a.b,c}', '{"b":1,"c":2}'],
    ['{"a":[{"n":"x","v":{"w":1}},{"n":"y","v":{"w":2}}]}', 'a.#(n=="y").v.w', '2'],
    ['{"a":{"b":"{\\"c\\":[1,2]}"}}', 'a.b|@fromstr|c.1', '2'],
  ])('of %s with dots at %s is %s', (text, path, expected) => {
    expect(find(text, path)).toBe(expected);
  });

  it.each(['9007199254740993', '12345678901234567890', '1.10', '-0', '1e400', '0.1000000000000000055511151231257827', '1E+2'])(
    'keeps the number %s as it is written',
    (number) => {
      expect(find(`{"a":${number},"b":[ ${number} ]}`, 'a')).toBe(number);
      expect(find(`{"a":${number},"b":[ ${number} ]}`, 'b')).toBe(`[ ${number} ]`);
    },
  );

  it('takes the first of two members of one name, as gjson does', () => {
    expect(find('{"a":1,"a":2}', 'a')).toBe('1');
    expect(find('{"a":1,"a":{"b":2}}', 'a.b')).toBe('2');
  });

  it('takes lines of JSON with a path that begins with two dots only', () => {
    expect(find('{"a":1}\n{"a":2}', '..1.a')).toBe('2');
    expect(find('{"a":1}\n{"a":2}', 'a')).toBe('InvalidJSON');
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
    const name = fc.oneof(
      fc.constantFrom('__proto__', 'constructor', '0', 'a.b', 'a|b', '*', 'x\\y'),
      fc.stringMatching(/^[a-z0-9_-]{1,6}$/),
    );
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), fc.string(), (path, value) => {
        const text = path.reduceRight((inner, member) => `{${JSON.stringify(member)}:${inner}}`, JSON.stringify(value));
        const escaped = path.map((member) => member.replaceAll(/[.|*?\\]/g, String.raw`\$&`));
        expect(find(text, escaped.join('.'))).toBe(value);
      }),
    );
  });

  it.each(['', '{', '{"a":}', "{'a':1}", 'canary-7d2e', '{"password":"canary-7d2e",}', '\ufeff{}'])(
    'refuses %j without quoting it',
    (text) => {
      const outcome = outcomeOf(text, 'a');
      expect(outcome).toMatchObject({ ok: false, failure: { reason: 'InvalidJSON' } });
      expect(JSON.stringify(outcome)).not.toContain('canary');
    },
  );

  it('refuses a text that is larger than any value of AWS, unparsed', () => {
    expect(outcomeOf(`"${'x'.repeat(MAX_JSON_BYTES)}"`, 'a')).toMatchObject({ failure: { reason: 'InvalidJSON' } });
  });

  it('names the path that was asked for, with a bound, and nothing of the value', () => {
    const message = (path: string) => {
      const outcome = outcomeOf('{"password":"canary"}', path);
      return outcome.ok ? '' : said(outcome.failure);
    };
    expect(message('pasword')).toBe('property "pasword" is not in the value');
    expect(message('x'.repeat(1024)).length).toBeLessThan(150);
  });

  it('refuses a path that takes too many steps, and what a round may not take any more', () => {
    const text = `[${Array(7000).fill('{"a":1}').join(',')}]`;
    expect(outcomeOf(text, '@dig:@dig:a')).toMatchObject({ failure: { reason: 'CostLimitExceeded' } });
    const round = new ReconcileCost(50_000);
    expect(outcomeOf(text, '#.a', round).ok).toBe(true);
    expect(outcomeOf(text, '#.a', round)).toMatchObject({ failure: { reason: 'CostLimitExceeded' } });
  });
});
