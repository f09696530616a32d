// Whether somebody takes restart markers back.
import { describe, expect, it } from '@jest/globals';
import { isReverted, nextEntry, removalOf } from '../../../../src/restart/ledger/removal.ts';
import { workloadEntry } from './entries.ts';

const MARKER = 'restart.keytender.dev/database';
type Seen = Parameters<typeof removalOf>[1];

function seen(generation: number, markers: Record<string, string>, more: Partial<Seen> = {}): Seen {
  const metadata = { name: 'app', namespace: 'team', uid: 'a', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  const settings = { restartOwned: false, strategy: 'rollout' } as const;
  return { kind: 'Deployment', metadata, markers, hasMoreMarkers: false, settings, rollout: { generation } as Seen['rollout'], ...more };
}

const entry = workloadEntry('a', { generationBefore: 4, markers: { [MARKER]: '3.k:new' } });

describe('a removal of a marker', () => {
  it('is one that follows our patch', () => {
    expect(removalOf(entry, seen(6, {}))).toEqual([MARKER]);
  });

  it('is not counted while the patch may not have been made', () => {
    expect(removalOf(entry, seen(4, {}))).toEqual([]);
    // Somebody else has changed the template between entry and patch.
    expect(removalOf(entry, seen(5, {}))).toEqual([]);
  });

  it('is also a marker that was replaced by an older one', () => {
    expect(removalOf(entry, seen(6, { [MARKER]: '2.k:old' }))).toEqual([MARKER]);
    expect(removalOf(entry, seen(6, { [MARKER]: 'k:old' }))).toEqual([MARKER]);
  });

  it('is neither the same marker nor a newer one', () => {
    expect(removalOf(entry, seen(6, { [MARKER]: '3.k:new' }))).toEqual([]);
    expect(removalOf(entry, seen(6, { [MARKER]: '4.k:newer' }))).toEqual([]);
  });

  it('is not counted for another object of the name, nor if not all markers are known', () => {
    expect(removalOf({ ...entry, uid: 'other' }, seen(6, {}))).toEqual([]);
    expect(removalOf(entry, seen(6, {}, { hasMoreMarkers: true }))).toEqual([]);
    expect(removalOf(undefined, seen(6, {}))).toEqual([]);
  });

  it('on a Rollout that is restarted by restartAt makes no generation of its own', () => {
    const own = { kind: 'Rollout', settings: { restartOwned: false, strategy: 'restart' } } as const;
    expect(removalOf(entry, seen(5, {}, own))).toEqual([MARKER]);
    expect(removalOf(entry, seen(4, {}, own))).toEqual([]);
  });
});

describe('a workload whose restarts are taken back', () => {
  const patch = (markers: Record<string, string>) => ({ patchedAt: '2026-01-01T00:00:00.000Z', markers, healthyBefore: true });

  it('is left alone after three removals for one content', () => {
    let last = nextEntry(undefined, seen(1, {}), patch({ [MARKER]: '3.k:new' }));
    const restarts = [1];
    for (let generation = 3; generation < 20; generation += 2) {
      const now = seen(generation, {});
      if (isReverted(last, now, MARKER, '3.k:new')) break;
      last = nextEntry(last, now, patch({ [MARKER]: '3.k:new' }));
      restarts.push(generation);
    }
    expect(restarts).toEqual([1, 3, 5]);
    expect(isReverted(last, seen(7, {}), MARKER, '4.k:newer')).toBe(false);
  });

  it('begins anew with new content', () => {
    const reverted = workloadEntry('a', { generationBefore: 5, markers: { [MARKER]: '3.k:new' }, removals: { [MARKER]: 2 } });
    const next = nextEntry(reverted, seen(7, {}), patch({ [MARKER]: '4.k:newer' }));
    expect(next.removals).toEqual({});
    expect(next.generationBefore).toBe(7);
  });

  it('counts each marker by itself', () => {
    const other = 'restart.keytender.dev/cache';
    const before = nextEntry(undefined, seen(1, {}), patch({ [MARKER]: '3.k:new', [other]: '1.k:c' }));
    const next = nextEntry(before, seen(3, { [other]: '1.k:c' }), patch({ [MARKER]: '3.k:new', [other]: '1.k:c' }));
    expect(next.removals).toEqual({ [MARKER]: 1 });
  });
});
