// The time from a change until all workloads are healthy: measured once.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { HealthyContents } from '../../../../src/reconcile/shared/healthy-contents.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

let measured: number[];
let clock: FakeClock;
let contents: HealthyContents;

beforeEach(() => {
  [measured, clock] = [[], new FakeClock()];
  contents = new HealthyContents(clock, (seconds) => measured.push(seconds));
});

describe('the time until all workloads are healthy', () => {
  it('is measured once for a content, though workloads fail and recover', () => {
    contents.saw('a', '1.x', clock.now() - 12_000);
    contents.saw('a', '1.x', clock.now() - 12_000);
    contents.saw('a', '1.x', clock.now() - 90_000);
    expect(measured).toEqual([12]);
  });

  it('is measured again for the next content, also if it is that of before, and for other groups', () => {
    for (const content of ['1.x', '2.y', '3.x']) contents.saw('a', content, clock.now() - 1_000);
    contents.saw('b', '1.x', clock.now() - 2_000);
    expect(measured).toEqual([1, 1, 1, 2]);
  });

  it('is not measured if the status said so before this process, or the time of the change is unknown', () => {
    contents.saw('a', '1.x', undefined);
    contents.saw('a', '1.x', clock.now() - 5_000);
    contents.saw('b', '1.x', Number.NaN);
    expect(measured).toEqual([]);
  });

  it('is never negative, and a group that ended begins anew', () => {
    contents.saw('a', '1.x', clock.now() + 5_000);
    contents.forget('a');
    contents.saw('a', '1.x', clock.now() - 5_000);
    expect(measured).toEqual([0, 5]);
  });
});
