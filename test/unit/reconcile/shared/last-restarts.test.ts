import { describe, expect, it } from '@jest/globals';
import { LastRestarts } from '../../../../src/reconcile/shared/last-restarts.ts';
import type { WorkloadEntry } from '../../../../src/restart/ledger/entry.ts';
import { refuse } from '../../../support/fakes/memory-api.ts';
import { workloadEntry } from '../../restart/ledger/entries.ts';

const ID = 'Deployment/team/app';
const before = workloadEntry('u');
const entry = workloadEntry('u', { patchedAt: '2026-01-02T00:00:00.000Z' });

function scene(first: WorkloadEntry | undefined = before) {
  const held = { entry: first };
  const restarts = new LastRestarts({ workload: (uid) => (uid === 'u' ? held.entry : undefined) });
  return { held, restarts };
}

describe('the last restart of a workload', () => {
  it('is what the ledger has', () => {
    const { restarts } = scene();
    expect([restarts.of(ID, 'u'), restarts.of(ID, 'v')]).toEqual([before, undefined]);
  });

  it.each([
    ['conflict', before],
    ['forbidden', before],
    ['unavailable', entry],
    ['too-large', entry],
  ] as const)('after a patch that failed with %s', (kind, expected) => {
    const { held, restarts } = scene();
    held.entry = entry;
    restarts.failed(ID, refuse(kind).failure, { entry, before });
    expect(restarts.of(ID, 'u')).toEqual(expected);
    // The next one was made, maybe by another process.
    held.entry = { ...entry, patchedAt: '2026-01-03T00:00:00.000Z' };
    expect(restarts.of(ID, 'u')).toEqual(held.entry);
  });

  it('stays refused over several attempts, until one is made', () => {
    const { held, restarts } = scene();
    for (const second of [1, 2, 3]) {
      const next = { ...entry, patchedAt: `2026-01-02T00:00:0${second}.000Z` };
      const last = restarts.of(ID, 'u');
      expect(last).toEqual(before);
      held.entry = next;
      restarts.failed(ID, refuse('conflict').failure, { entry: next, before: last });
    }
    restarts.forget(ID);
    expect(restarts.of(ID, 'u')).toEqual(held.entry);
  });
});
