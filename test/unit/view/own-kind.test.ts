// Own objects that are more than their namespace may have kept: known by name, and kept whole when they fit.
import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { createKeptMetrics } from '../../../src/telemetry/metrics/kept-metrics.ts';
import { keyOf } from '../../../src/base/key.ts';
import { MIB, ownKindWorld as world, raw, ten } from './own-kind-world.ts';

describe('OwnKind', () => {
  it('keeps of what does not fit its name, its store, its target and what its Ready condition says', async () => {
    const { list, kept, kind } = world();
    await list(ten);
    expect(kept()).toEqual(['o0', 'o1', 'o2', 'o3', 'o4']);
    const rest = kind.store.get(keyOf('team', 'o9'));
    expect(rest).toMatchObject({
      metadata: { name: 'o9', uid: 'uid-o9' },
      spec: { secretStoreRef: { name: 'aws' }, target: { name: 'target-o9' } },
      status: { conditions: [{ type: 'Ready', reason: 'SecretSynced' }] },
    });
    expect(rest?.notKept).toBeGreaterThan(2 * MIB);
    expect(JSON.stringify(rest).length).toBeLessThan(1_000);
    expect(kind.store.byIndex('target', 'team/target-o9')).toHaveLength(1);
    expect(kind.store.byIndex('store', 'SecretStore/team/aws')).toHaveLength(10);
  });

  it('keeps a small one of another namespace all the same, and what it keeps when it is listed again', async () => {
    const { list, see, kept, kind } = world();
    await list(ten);
    see('added', raw('other', { namespace: 'late', text: 'short' }));
    const before = kind.store.get(keyOf('team', 'o0'));
    await list([raw('other', { namespace: 'late', text: 'short' }), ...ten.toReversed()]);
    expect(kept().toSorted()).toEqual(['o0', 'o1', 'o2', 'o3', 'o4', 'other']);
    expect(kind.store.get(keyOf('team', 'o0')) === before).toBe(true);
  });

  it('gives the room of what is gone back, and of what a list that was broken off had counted', async () => {
    const { list, see, kind, kept } = world();
    for (const object of ten) kind.take(object);
    await list(ten.slice(0, 2));
    const ofTwo = kind.budget.heldBytes;
    expect(ofTwo).toBeLessThan(5 * MIB);
    see('deleted', ten[0]!);
    expect(kind.budget.heldBytes).toBe(ofTwo / 2);
    await list([]);
    expect([kind.budget.heldBytes, kind.budget.notKeptCount, kept()]).toEqual([0, 0, []]);
  });

  it('tells metrics how much it keeps, and how many it does not', async () => {
    const { list, kind } = world();
    await list(ten);
    const registry = new Registry();
    createKeptMetrics(registry, () => [kind.store.figures]);
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('keytender_'));
    expect(lines).toEqual([
      `keytender_kept_bytes{kind="ExternalSecret"} ${kind.budget.heldBytes}`,
      `keytender_kept_bytes_limit{kind="ExternalSecret"} ${kind.budget.total}`,
      'keytender_objects_not_kept{kind="ExternalSecret"} 5',
    ]);
  });

  it('tells of one that has grown too large, and of one that has become small enough', async () => {
    const { see, events, list } = world();
    await list([...ten.slice(0, 5), raw('small', { text: 'x' })]);
    see('modified', raw('small', { version: 2 }));
    expect([events.at(-1)?.type, events.at(-1)?.object.notKept]).toEqual(['modified', expect.any(Number)]);
    see('modified', raw('small', { version: 3, text: 'y' }));
    expect(events.at(-1)?.object.notKept).toBeUndefined();
  });
});
