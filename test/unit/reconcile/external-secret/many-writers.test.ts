// Many ExternalSecrets with Merge on one Secret, reconciled at the same time.
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { nameOf } from '../../../../src/base/key.ts';
import type { Call } from '../../../support/fakes/memory-api.ts';
import { ordersWorld } from '../orders.ts';
import { NAMESPACE, type World } from '../world.ts';

const WRITERS = Array.from({ length: 100 }, (_, index) => `merging-${index}`);

function world(): World {
  const made = ordersWorld();
  made.api.put(builtin.secret, { metadata: { name: 'shared', namespace: NAMESPACE }, data: { theirs: 'eA==' } });
  for (const name of WRITERS) {
    const data = [{ secretKey: name, remoteRef: { key: 'db' } }];
    made.apply(name, { target: { name: 'shared', creationPolicy: 'Merge' }, data });
  }
  made.sync();
  return made;
}

/** Every request about Secrets. */
function requestsOf(made: World): Call[] {
  const calls: Call[] = [];
  made.api.fault = (call) => {
    if (call.kind === 'Secret') calls.push(call);
    return undefined;
  };
  return calls;
}

/** Rounds on those that are called, until nobody is. */
async function followCalls(made: World): Promise<void> {
  while (made.called.size > 0) {
    const called = [...made.called];
    made.called.clear();
    made.sync();
    await Promise.all(called.map((key) => made.reconcile(nameOf(key).name)));
  }
}

describe('a hundred writers of one Secret', () => {
  it('all write, one after the other, and none of them in vain', async () => {
    const made = world();
    const requests = requestsOf(made);
    await Promise.all(WRITERS.map((name) => made.reconcile(name)));
    await followCalls(made);

    expect(Object.keys(made.data('shared') ?? {})).toEqual(['theirs', ...WRITERS].sort());
    expect(WRITERS.filter((name) => made.ready(name) !== 'SecretSynced')).toEqual([]);
    expect(requests.filter(({ verb }) => verb === 'patch')).toHaveLength(WRITERS.length);
    expect(requests.filter(({ verb }) => verb === 'get').length).toBeLessThan(2 * WRITERS.length);
    expect(made.events.filter(({ type }) => type === 'Warning')).toEqual([]);
  });

  it('at most eight of them read AWS at once', async () => {
    const made = world();
    await Promise.all(WRITERS.map((name) => made.reconcile(name)));
    expect(made.source.subscriptions.size).toBe(8);
    await followCalls(made);
    expect(made.source.subscriptions.size).toBe(WRITERS.length);
  });

  it('go on when those that were called are gone', async () => {
    const made = world();
    await Promise.all(WRITERS.map((name) => made.reconcile(name)));
    const gone = [...made.called];
    expect(gone).toHaveLength(8);
    for (const key of gone) made.remove(nameOf(key).name);
    await followCalls(made);
    expect(Object.keys(made.data('shared') ?? {})).toHaveLength(1 + WRITERS.length - gone.length);
  });
});
