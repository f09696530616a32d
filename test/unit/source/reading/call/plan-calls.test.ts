// Plans of calls: each reference once, and batches as full as possible.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { planCalls } from '../../../../../src/source/reading/call/plan-calls.ts';
import { isBatchable, keyed, referenceKey } from '../../../../../src/source/references/reference-key.ts';
import { current, identityNamed, one, pinned } from '../../engine-world.ts';

const references = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 80 }), fc.constantFrom('current', 'pinned', 'previous')).map(([n, kind]) => {
    if (kind === 'pinned') return pinned(`s${n}`, 'v1');
    return kind === 'current'
      ? current(`s${n}`)
      : { identity: one, secretId: `s${n}`, version: { kind: 'stage', stage: 'AWSPREVIOUS' } as const };
  }),
  { maxLength: 150 },
);

const BATCH_SIZE = 20;

describe('planCalls', () => {
  it('reads each reference once, current ones in full batches, others alone', () => {
    fc.assert(
      fc.property(references, (wanted) => {
        const calls = planCalls(wanted.map(keyed), { batch: true, limit: Number.POSITIVE_INFINITY });
        const planned = calls.flat().map(({ key }) => key);
        expect(new Set(planned)).toEqual(new Set(wanted.map(referenceKey)));
        expect(planned.length).toBe(new Set(planned).size);
        const batchable = new Set(wanted.filter(isBatchable).map(referenceKey)).size;
        expect(calls.filter(([first]) => isBatchable(first.reference)).length).toBe(Math.ceil(batchable / BATCH_SIZE));
        for (const call of calls)
          expect(call.length === 1 || (call.length <= BATCH_SIZE && call.every(({ reference }) => isBatchable(reference)))).toBe(true);
      }),
    );
  });

  it('puts any versions of parameters into batches of ten', () => {
    fc.assert(
      fc.property(references, (wanted) => {
        const identity = { ...one, service: 'ParameterStore' } as const;
        const parameters = wanted.map((reference) => ({ ...reference, identity }));
        const calls = planCalls(parameters.map(keyed), { batch: true, limit: Number.POSITIVE_INFINITY });
        const distinct = new Set(parameters.map(referenceKey)).size;
        expect(calls.map((call) => call.length)).toEqual([
          ...Array.from({ length: Math.floor(distinct / 10) }, () => 10),
          ...(distinct % 10 === 0 ? [] : [distinct % 10]),
        ]);
        expect(new Set(calls.flat().map(({ key }) => key)).size).toBe(distinct);
      }),
    );
  });

  it('makes single calls for who may not batch, and no more than the limit', () => {
    fc.assert(
      fc.property(references, fc.integer({ min: 0, max: 10 }), (wanted, limit) => {
        const distinct = new Set(wanted.map(referenceKey)).size;
        const calls = planCalls(wanted.map(keyed), { batch: false, limit });
        expect(calls.length).toBe(Math.min(limit, distinct));
        expect(calls.every((call) => call.length === 1)).toBe(true);
        expect(planCalls(wanted.map(keyed), { batch: true, limit }).length).toBeLessThanOrEqual(limit);
      }),
    );
  });
});

describe('referenceKey', () => {
  it('tells identity, secret, stage and version apart', () => {
    const all = [
      current('a'),
      current('b'),
      current('a', identityNamed('two')),
      pinned('a', 'AWSCURRENT'),
      pinned('a', 'v1'),
      current('a', { ...one, region: 'us-east-1' }),
      current('a', { ...one, service: 'ParameterStore' }),
    ];
    expect(new Set(all.map(referenceKey)).size).toBe(all.length);
    expect(referenceKey(current('a', identityNamed('one')))).toBe(referenceKey(current('a')));
  });
});
