// The read of one reconcile: errors.
import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../../../src/failure/failure.ts';
import type { SecretVersion } from '../../../../src/aws/port.ts';
import { fail } from '../../../../src/failure/failure.ts';
import { keyed } from '../../../../src/source/references/reference-key.ts';
import { ReconcileRead } from '../../../../src/source/reading/reconcile-read.ts';
import { current } from '../engine-world.ts';

describe('a round of reads', () => {
  it.each(['the first', 'a later'])('rejects when %s read throws at once', async (which) => {
    const broken = new Error('broken');
    let asked = 0;
    const answers: ((outcome: Outcome<SecretVersion>) => void)[] = [];
    const read = new ReconcileRead({
      references: ['a', 'b', 'c'].map((name) => keyed(current(name))),
      // Enough bytes for one value.
      limit: 1,
      read: () => {
        asked += 1;
        if (which === 'the first' || asked === 2) throw broken;
        return new Promise((resolve) => void answers.push(resolve));
      },
      onProgress: () => undefined,
    });
    read.start();
    for (const answer of answers) answer(fail('AWSUnavailable', 'no'));
    await expect(read.ended).rejects.toBe(broken);
    expect([read.hasEnded, asked]).toEqual([true, which === 'the first' ? 1 : 2]);
  });
});
