import { describe, expect, it } from '@jest/globals';
import { setImmediate as immediate } from 'node:timers/promises';
import { untilAborted } from '../../../src/base/waiting.ts';

const reason = new DOMException('the lease is lost', 'AbortError');

describe('untilAborted', () => {
  it('settles like the work', async () => {
    const { signal } = new AbortController();
    expect(await untilAborted(Promise.resolve(7), signal)).toBe(7);
    await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });

  it.each(['before', 'while'] as const)(
    'rejects with the reason of an abort %s it waits, and leaves no rejection of the work unhandled',
    async (when) => {
      const unhandled: unknown[] = [];
      const note = (error: unknown): void => void unhandled.push(error);
      process.on('unhandledRejection', note);
      try {
        const abort = new AbortController();
        const { promise: work, reject } = Promise.withResolvers<never>();
        if (when === 'before') abort.abort(reason);
        const waiting = untilAborted(work, abort.signal);
        abort.abort(reason);
        await expect(waiting).rejects.toBe(reason);
        reject(new Error('the work has failed'));
        for (let turn = 0; turn < 3; turn += 1) await immediate();
        expect(unhandled).toEqual([]);
      } finally {
        process.off('unhandledRejection', note);
      }
    },
  );
});
