import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { abortReason, isAbort, isAbortBy } from '../../../src/base/abort.ts';

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

describe('isAbortBy', () => {
  const lost = new Error('the lease is lost');

  it('knows the reason of the signal, whatever that is', () => {
    expect(isAbortBy(AbortSignal.abort(lost), lost)).toBe(true);
    expect(isAbortBy(AbortSignal.abort(lost), abortReason('given up'))).toBe(true);
  });

  it('takes nothing for an abort that the signal did not cause', () => {
    expect(isAbortBy(AbortSignal.abort(lost), new Error('broken'))).toBe(false);
    expect(isAbortBy(new AbortController().signal, abortReason('given up'))).toBe(false);
  });
});

describe('reasons of aborts', () => {
  const root = path.resolve(import.meta.dirname, '../../..');
  /** None, that of another signal, or an AbortError or TimeoutError: everything else is taken for a defect where it is thrown. */
  const ALLOWED = /^(\w+\.)*reason$|^abortReason\(|^new DOMException\(.*'(Abort|Timeout)Error'$|^$/;

  it('are never errors that would be taken for defects of the work that they end', () => {
    const aborts = globSync('src/**/*.ts', { cwd: root }).flatMap((file) =>
      Array.from(readFileSync(path.join(root, file), 'utf8').matchAll(/\.abort\(([^)]*)/g), ([, reason = '']) => ({ file, reason })),
    );
    expect(aborts.length).toBeGreaterThan(15);
    expect(aborts.filter(({ reason }) => !ALLOWED.test(reason))).toEqual([]);
  });
});
