import { describe, expect, it } from '@jest/globals';
import { formatLogLine } from '../../../../src/telemetry/log/text-format.ts';

const time = '2026-01-01T00:00:00.000Z';
const format = (record: object): string => formatLogLine(`${JSON.stringify({ level: 'info', time, ...record })}\n`);

describe('formatLogLine', () => {
  it('gives time, level, message and fields in one line', () => {
    expect(format({ namespace: 'team', name: 'db', seconds: 0.25, msg: 'secret written' })).toBe(
      `${time} INFO  secret written namespace=team name=db seconds=0.25`,
    );
  });

  it('quotes what could be taken for another field', () => {
    expect(format({ key: 'a b=c', empty: '', list: ['x'], msg: 'm' })).toBe(`${time} INFO  m key="a b=c" empty="" list=["x"]`);
  });

  it('lets nobody forge a line', () => {
    const text = format({
      key: `x\n${time} ERROR forged`,
      ['a\nb']: 1,
      msg: 'one\ntwo',
      err: { type: 'Error', message: 'm', stack: 'Error: a\u001b[2J\n    at b' },
    });
    const lines = text.split('\n');
    expect(lines.slice(1).every((line) => line.startsWith('    '))).toBe(true);
    expect(lines[0]).toContain(String.raw`one\ntwo`);
    expect(lines[0]).toContain(String.raw`"a\nb"=1`);
    expect(text).not.toContain('\u001b');
  });

  it('puts the stack of an error below, or its name and message', () => {
    expect(format({ msg: 'failed', err: { type: 'Error', message: 'm', stack: 'Error: m\n    at f (x.ts:1:1)' } })).toBe(
      `${time} INFO  failed\n    Error: m\n    at f (x.ts:1:1)`,
    );
    expect(format({ msg: 'failed', err: { type: 'Error', message: 'm' } })).toBe(`${time} INFO  failed\n    Error: m`);
  });

  it('gives back what is not JSON', () => {
    expect(formatLogLine('plain\n')).toBe('plain');
    expect(formatLogLine('"text"\n')).toBe('"text"');
  });
});
