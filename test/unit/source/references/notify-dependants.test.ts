import { describe, expect, it } from '@jest/globals';
import { priority } from '../../../../src/base/priority.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { priorityFor, priorityOnSubscribe } from '../../../../src/source/references/notify-dependants.ts';
import type { Observation } from '../../../../src/source/port.ts';

const version = (versionId: string): Observation => ({ kind: 'version', versionId });
const unknown: Observation = { kind: 'unknown' };
const denied: Observation = { kind: 'failed', failure: { reason: 'AccessDenied', message: 'no' }, since: ms(1) };

describe('callOnSubscribe', () => {
  it.each([
    ['holds what is known', version('a'), 'a', unknown, undefined],
    ['holds another version', version('b'), 'a', unknown, priority.source],
    ['was told already', version('b'), 'a', version('b'), undefined],
    ['holds nothing while a version is known: the answer came after its read', version('a'), undefined, unknown, priority.source],
    ['holds nothing and nothing is known', unknown, undefined, unknown, undefined],
    ['holds nothing because of the failure that is known', denied, undefined, unknown, undefined],
    ['holds a version that can no longer be read', denied, 'a', unknown, priority.retry],
    ['was told of a version, and now of a failure', denied, 'a', version('a'), priority.retry],
  ] as const)('for a dependant that %s', (_what, known, held, told, expected) => {
    expect(priorityOnSubscribe(known, held, told)).toBe(expected);
  });
});

describe('callFor', () => {
  it.each([
    ['the same version', version('a'), version('a'), 'a', undefined],
    ['another version', version('a'), version('b'), 'a', priority.source],
    ['the version that it holds, after a restart', unknown, version('a'), 'a', undefined],
    ['a failure that begins', version('a'), denied, 'a', priority.retry],
    ['a failure that ends', denied, version('a'), 'a', priority.retry],
    ['the first answer, which it asked for itself', unknown, version('a'), undefined, undefined],
  ] as const)('for %s', (_what, before, after, held, expected) => {
    expect(priorityFor(before, after, held)).toBe(expected);
  });
});
