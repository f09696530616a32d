import { describe, expect, it } from '@jest/globals';
import { planList } from '../../../../src/source/list/plan-list.ts';
import { current } from '../engine-world.ts';

const batched = (count: number, prefix = 'app/') =>
  Array.from({ length: count }, (_, index) => ({ reference: current(`${prefix}${index}`), batchable: true }));
const single = (count: number) => batched(count, 'single/').map((one) => ({ ...one, batchable: false }));
const previous = (count: number) =>
  batched(count).map(({ reference }) => ({
    reference: { ...reference, version: { kind: 'stage', stage: 'AWSPREVIOUS' } as const },
    batchable: false,
  }));

describe('planList', () => {
  it.each([
    ['one batch', batched(2), true, 1],
    ['a full batch', batched(20), true, 1],
    ['a thousand in batches', batched(1_000), true, 50],
    ['batches and single reads', [...batched(25), ...single(3)], true, 5],
    ['AWSPREVIOUS beside AWSCURRENT, which is not read while that stays', [...batched(40), ...previous(40)], true, 2],
    ['AWSPREVIOUS alone', previous(4), true, 3],
    ['as many single reads where batches are denied', batched(12), false, 11],
  ])('may take as many pages as reading takes calls: %s', (_what, due, mayBatch, maxPages) => {
    expect(planList(due, { mayBatch, expectedPages: 0 })).toMatchObject({ maxPages });
    expect(planList(due, { mayBatch, expectedPages: maxPages })).toMatchObject({ maxPages });
    expect(planList(due, { mayBatch, expectedPages: maxPages + 1 })).toBeUndefined();
  });

  it('is no list where one read does, or no list can show what is due', () => {
    expect(planList(batched(1), { mayBatch: true, expectedPages: 0 })).toBeUndefined();
    expect(planList([], { mayBatch: true, expectedPages: 0 })).toBeUndefined();
    const abroad = batched(40, 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:');
    expect(planList(abroad, { mayBatch: true, expectedPages: 0 })).toBeUndefined();
  });

  it('lets the names that are due through', () => {
    expect(planList(batched(2), { mayBatch: true, expectedPages: 1 })?.filters).toEqual(['app/0', 'app/1']);
  });
});
