import { describe, expect, it } from '@jest/globals';
import { isAbort, withTimeout } from '../../../src/base/abort.ts';

describe('isAbort', () => {
  it('knows what an aborted signal throws, and a time-out', () => {
    expect(isAbort(AbortSignal.abort().reason)).toBe(true);
    expect(isAbort(new DOMException('late', 'TimeoutError'))).toBe(true);
  });

  it.each([new Error('no'), new TypeError('no'), 'AbortError', { name: 'Error' }, {}, undefined, null])(
    'does not take %p for one',
    (error) => {
      expect(isAbort(error)).toBe(false);
    },
  );
});

describe('withTimeout', () => {
  it('fires with the signal', () => {
    const controller = new AbortController();
    const reason = new Error('stopped');
    const signal = withTimeout(controller.signal, 60_000);
    expect(signal.aborted).toBe(false);
    controller.abort(reason);
    expect(signal.reason).toBe(reason);
  });

  it('fires after the time', async () => {
    const signal = withTimeout(new AbortController().signal, 5);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    expect(isAbort(signal.reason)).toBe(true);
  });
});
