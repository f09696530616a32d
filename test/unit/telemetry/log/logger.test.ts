import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { SecretValue } from '../../../../src/base/secret-value.ts';
import { createLogger, type LoggerOptions } from '../../../../src/telemetry/log/logger.ts';

const CANARY = 'canary-0c6f3a';

function logged(use: (log: ReturnType<typeof createLogger>) => void, options: Partial<LoggerOptions> = {}): string[] {
  const lines: string[] = [];
  use(createLogger({ level: 'info', format: 'json', stream: { write: (line) => lines.push(line) }, ...options }));
  return lines;
}

function parsed(use: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown> {
  return JSON.parse(logged(use)[0] ?? '') as Record<string, unknown>;
}

function leakyError(): Error {
  const cause = Object.assign(new Error(CANARY), { body: CANARY });
  return Object.assign(new Error('the call failed', { cause }), { $response: { body: CANARY }, detail: CANARY });
}

describe('createLogger', () => {
  it('writes one JSON line with level, ISO time, fields and message, and nothing else', () => {
    const entry = parsed((log) => {
      log.child({ controller: 'externalsecret', namespace: 'team' }).info({ name: 'db' }, 'secret written');
    });
    expect(entry).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      controller: 'externalsecret',
      namespace: 'team',
      name: 'db',
      msg: 'secret written',
    });
  });

  it('writes nothing below its level', () => {
    const lines = logged(
      (log) => {
        log.info('quiet');
        log.warn('heard');
      },
      { level: 'warn' },
    );
    expect(lines).toHaveLength(1);
  });

  it('writes of an error its name, message and stack', () => {
    const entry = parsed((log) => {
      log.error(new RangeError('out of range'), 'reconcile failed');
    });
    expect(entry).toMatchObject({ level: 'error', msg: 'reconcile failed', err: { type: 'RangeError', message: 'out of range' } });
    expect(Object.keys(entry['err'] as object)).toEqual(['type', 'message', 'stack']);
    expect((entry['err'] as { stack: string }).stack).toContain('logger.test.ts');
  });

  it.each<[string, (log: ReturnType<typeof createLogger>) => void]>([
    ['an error', (log) => log.error(leakyError())],
    ['an error as a field', (log) => log.error({ err: leakyError(), other: leakyError() }, 'failed')],
    ['an error deep in a field', (log) => log.error({ result: { failures: [leakyError()] } }, 'failed')],
    [
      'a failure with a cause',
      (log) => log.warn({ failure: { reason: 'AccessDenied', message: 'denied', cause: leakyError() } }, 'failed'),
    ],
    ['a cause', (log) => log.warn({ failure: { message: 'denied', cause: new Error(CANARY) }, cause: { reply: CANARY } }, 'failed')],
    ['a secret value', (log) => log.info({ value: SecretValue.ofText(CANARY), in: [SecretValue.ofText(CANARY)] }, 'read')],
    ['a secret value in the text', (log) => log.info(`value ${String(SecretValue.ofText(CANARY))}`)],
    ['a bare secret value', (log) => log.info(SecretValue.ofText(CANARY), 'read')],
    ['a Secret', (log) => log.info({ secret: { kind: 'Secret', data: { password: CANARY }, stringData: { password: CANARY } } }, 'read')],
    ['an answer of AWS', (log) => log.info({ answer: { SecretString: CANARY, SecretBinary: Buffer.from(CANARY) } }, 'read')],
    ['credentials', (log) => log.info({ secretAccessKey: CANARY, session_token: CANARY, 'Session-Token': CANARY }, 'assumed')],
    ['a header', (log) => log.info({ headers: { Authorization: `Bearer ${CANARY}` } }, 'sent')],
    ['bytes', (log) => log.info({ bytes: new TextEncoder().encode(CANARY), buffer: Buffer.from(CANARY) }, 'read')],
    ['a map', (log) => log.info({ values: new Map([[CANARY, CANARY]]) }, 'read')],
    ['fields of a child', (log) => log.child({ token: CANARY, failure: leakyError() }).info('started')],
  ])('does not let %s show what it carries', (_, use) => {
    for (const format of ['json', 'text'] as const) {
      const text = logged(use, { format }).join('\n');
      expect(text).not.toBe('');
      expect(text).not.toContain(CANARY);
      expect(text).not.toContain(Buffer.from(CANARY).toString('base64'));
      expect(text).not.toContain(Buffer.from(CANARY).join(','));
    }
  });

  it('bounds what it writes and survives circles', () => {
    const circle: Record<string, unknown> = { long: 'x'.repeat(100_000), many: Array.from({ length: 10_000 }, (_, index) => index) };
    circle['self'] = circle;
    const [line = ''] = logged((log) => {
      log.info(circle, 'large');
    });
    expect(line.length).toBeLessThan(80_000);
    expect((JSON.parse(line) as { msg: string }).msg).toBe('large');
  });

  it('takes any value as a field', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withMap: true, withSet: true, withTypedArray: true })),
        (fields) => {
          for (const format of ['json', 'text'] as const) {
            const lines = logged((log) => log.info({ fields }, 'any'), { format });
            expect(lines).toHaveLength(1);
            expect(lines[0]?.trimEnd()).not.toContain('\n');
          }
        },
      ),
    );
  });
});
