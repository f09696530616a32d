import { format, inspect } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { SecretValue } from '../../../src/base/secret-value.ts';

const CANARY = 'canary-4f1d';
const value = SecretValue.ofText(CANARY);
/** As code takes it that was told that it is text. */
const mistaken = value as unknown as string;
const nested = { list: [value], map: new Map([['password', value]]), deep: { value } };

/** Everything that pino writes for one call. */
function logged(write: (logger: pino.Logger) => void): string {
  const lines: string[] = [];
  write(pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }));
  return lines.join('');
}

const bytes = Buffer.from(CANARY);
const spellings = [CANARY, bytes.toString('base64'), bytes.toString('hex'), [...bytes].join('')];

/** White space and commas do not count, so that the bytes of a printed Buffer or array are found too. */
function expectNoCanary(text: string): void {
  const compact = text.replaceAll(/[\s,]/g, '');
  for (const spelling of spellings) expect(compact).not.toContain(spelling);
}

describe('SecretValue', () => {
  const outlets: readonly (readonly [string, () => string])[] = [
    ['String()', () => String(value)],
    ['toString()', () => value.toString()],
    ['a template literal', () => `password ${mistaken}`],
    ['concatenation', () => 'password ' + mistaken],
    ['toLocaleString()', () => value.toLocaleString()],
    ['JSON.stringify', () => JSON.stringify({ value, nested })],
    ['util.inspect', () => inspect(nested, { depth: null })],
    ['util.inspect with showHidden', () => inspect(nested, { depth: null, showHidden: true, getters: true })],
    ['util.inspect without custom inspection', () => inspect(nested, { depth: null, showHidden: true, customInspect: false })],
    ['%s', () => format('%s', value)],
    ['%o', () => format('%o', value)],
    ['%O', () => format('%O', nested)],
    ['%j', () => format('%j', nested)],
    ['pino: a field', () => logged((logger) => logger.info({ value }, 'message'))],
    ['pino: a nested field', () => logged((logger) => logger.info(nested, 'message'))],
    ['pino: %s', () => logged((logger) => logger.info('password %s', value))],
    ['pino: %o', () => logged((logger) => logger.info('password %o', nested))],
    ['pino: an error whose cause it is', () => logged((logger) => logger.error(new Error('no', { cause: value }), 'message'))],
    ['an Error message', () => new Error(`bad ${mistaken}`).stack ?? ''],
    ['an Error cause', () => inspect(new Error('no', { cause: value }), { depth: null, showHidden: true })],
    ['structuredClone', () => inspect(structuredClone({ ...nested, map: undefined }), { depth: null, showHidden: true })],
    [
      'v8.serialize',
      () => inspect(deserialize(serialize([value])), { depth: null, showHidden: true }) + serialize([value]).toString('latin1'),
    ],
    ['its own properties', () => JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(value)))],
    ['spreading', () => JSON.stringify(Object.assign({}, value))],
  ];

  it.each(outlets)('does not show its content through %s', (_name, outlet) => {
    expectNoCanary(outlet());
  });

  it('finds a leak when there is one', () => {
    expect(() => expectNoCanary(JSON.stringify({ value: value.reveal().toString() }))).toThrow();
    expect(() => expectNoCanary(inspect([...value.reveal()]))).toThrow();
    expect(() => expectNoCanary(inspect(value.reveal()))).toThrow();
    expect(() => expectNoCanary(value.reveal().toString('base64'))).toThrow();
  });

  it('says that there is something', () => {
    expect(String(value)).toBe('[redacted]');
    expect(JSON.stringify({ value })).toBe('{"value":"[redacted]"}');
    expect(inspect(value)).toBe('[redacted]');
  });

  it('reveals the bytes that it was made of', () => {
    const bytes = new Uint8Array([0, 255, 128, 10]);
    expect([...SecretValue.ofBytes(bytes).reveal()]).toEqual([0, 255, 128, 10]);
    expect(SecretValue.ofBytes(bytes).reveal().buffer).toBe(bytes.buffer);
    const part = SecretValue.ofBytes(bytes.subarray(1, 3));
    expect([...part.reveal()]).toEqual([255, 128]);
    expect(part.size).toBe(2);
    expect(SecretValue.ofText('pässwörd €').reveal().toString()).toBe('pässwörd €');
  });

  it('holds no more memory than its content needs, whatever it was cut from', () => {
    for (const made of [
      SecretValue.ofText('short'),
      SecretValue.ofBytes(Buffer.from('short')),
      SecretValue.ofBytes(Buffer.alloc(9).subarray(2, 7)),
    ]) {
      expect(made.reveal().buffer.byteLength).toBe(5);
    }
  });

  it('takes an empty value', () => {
    expect(SecretValue.ofText('').size).toBe(0);
    expect(SecretValue.ofText('').reveal()).toHaveLength(0);
  });

  it('is frozen, and an imitation holds nothing', () => {
    expect(Object.isFrozen(value)).toBe(true);
    const imitation = Object.create(SecretValue.prototype) as SecretValue;
    expect(imitation.size).toBe(0);
    expect(() => imitation.reveal()).toThrow(TypeError);
  });
});
