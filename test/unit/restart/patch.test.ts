import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../src/base/time/clock.ts';
import { markerChanges, restartPatch } from '../../../src/restart/patch.ts';
import { reduced, setting } from './consumer/workloads.ts';

const now = ms(Date.parse('2026-01-01T00:00:00.400Z'));
const changes = { m: '1.k1:a' };

describe('the patch of a restart', () => {
  it('changes annotations of the pod template only, under the resourceVersion', () => {
    const consumer = reduced({ metadata: { resourceVersion: '7' } });
    expect(restartPatch(consumer, changes, now)).toEqual({
      metadata: { resourceVersion: '7' },
      spec: { template: { metadata: { annotations: changes } } },
    });
  });

  it('of a Rollout with strategy restart has the marker on the Rollout, and a time later than the last one', () => {
    const restart = { [setting('restart-strategy')]: 'restart' };
    const patchAfter = (restartAt?: string) => {
      const consumer = reduced({ metadata: { resourceVersion: '7', annotations: restart }, spec: { restartAt } }, 'Rollout');
      return restartPatch(consumer, changes, now);
    };
    const at = (restartAt: string) => ({ metadata: { resourceVersion: '7', annotations: changes }, spec: { restartAt } });
    expect(patchAfter()).toEqual(at('2026-01-01T00:00:01Z'));
    expect(patchAfter('2025-01-01T00:00:00Z')).toEqual(at('2026-01-01T00:00:01Z'));
    expect(patchAfter('2026-01-01T00:00:01Z')).toEqual(at('2026-01-01T00:00:02Z'));
    expect(patchAfter('no time')).toEqual(at('2026-01-01T00:00:01Z'));
  });
});

describe('the changes of markers', () => {
  it('set what is missing or different, remove what is stale, and leave out what stays', () => {
    const present = { same: '1', other: '1', stale: '1' };
    const wanted = new Map([
      ['same', '1'],
      ['other', '2'],
      ['new', '3'],
    ]);
    expect(markerChanges(present, wanted)).toEqual({ other: '2', new: '3', stale: null });
    expect(markerChanges({ same: '1' }, new Map([['same', '1']]))).toEqual({});
  });
});
