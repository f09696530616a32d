// One promise for many reads.
import { describe, expect, it } from '@jest/globals';
import { fail } from '../../../../../src/failure/failure.ts';
import { waitForAll } from '../../../../../src/source/reading/queue/waiter.ts';

const answer = fail('AWSUnavailable', 'x');

describe('waitForAll', () => {
  it('resolves with the last answer, and at once where there is nothing to wait for', async () => {
    await waitForAll(0).promise;
    const { promise, waiter } = waitForAll(2);
    let ended = false;
    void promise.then(() => (ended = true));
    waiter.answered(answer);
    await Promise.resolve();
    expect(ended).toBe(false);
    waiter.answered(answer);
    await promise;
  });

  it('waits for the others before it rejects, with the first reason', async () => {
    const { promise, waiter } = waitForAll(3);
    waiter.rejected(new Error('first'));
    waiter.rejected(new Error('second'));
    waiter.answered(answer);
    await expect(promise).rejects.toThrow('first');
  });
});
