// Supporting kinds with a budget: admitted as they arrive, read again with their selector, and limited too when a read finds more of an object.
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import type { KubeObject, OwnObject } from '../../../src/api/object/object.ts';
import { keyOf } from '../../../src/base/key.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import { createKubeMetrics } from '../../../src/telemetry/metrics/kube-metrics.ts';
import { createLogger } from '../../../src/telemetry/log/logger.ts';
import { createRegistry } from '../../../src/telemetry/metrics/registry.ts';
import { BudgetedStore } from '../../../src/view/budgeted-store.ts';
import { createClusterView, keptFigures, supportingStore } from '../../../src/view/cluster-view.ts';
import { readAllAgain } from '../../../src/view/read-again.ts';
import { budgetedKinds, reflectorsOf } from '../../../src/view/reflectors.ts';
import { anySupporting, type SupportingKind } from '../../../src/view/supporting-kind.ts';
import type { WatchEvent } from '../../../src/watch/port.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { ScriptedListWatcher } from '../watch/objects.ts';

interface Sized extends OwnObject {
  readonly bytes?: number;
}

const kind: SupportingKind<Sized> = {
  id: 'secrets of the test',
  type: builtin.secret,
  labelSelector: 'managed=true',
  reduce: (raw, { digestKey }) => ({ ...raw, by: digestKey.id }) as Sized,
  memory: {
    weight: 1,
    kind: 'Secret',
    costOf: ({ bytes = 0 }) => bytes,
    nameOnly: ({ apiVersion, kind: is, metadata }, notKept) => ({ apiVersion, kind: is, metadata, notKept }),
  },
};

const plain: SupportingKind<Sized> = { id: 'plain', type: builtin.serviceAccount, reduce: (raw) => raw };

function sized(name: string, bytes: number, version = 1): Sized {
  const metadata = {
    name,
    namespace: 'team',
    uid: `uid-${name}`,
    resourceVersion: `${version}`,
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  return { apiVersion: 'v1', kind: 'Secret', metadata, bytes };
}

/** The kind has 1,000 bytes, of which one namespace may have 700. */
function world() {
  const [watcher, clock, ended] = [new ScriptedListWatcher(), new FakeClock(), new AbortController()];
  const ignored = (): void => undefined;
  const events: WatchEvent<KubeObject>[] = [];
  const handlerOf = () => (event: WatchEvent<KubeObject>) => void events.push(event);
  const options = {
    own: [],
    supporting: [anySupporting(kind)],
    watcher,
    namespaces: [],
    digestKey: { id: 'k1', bytes: Buffer.alloc(32, 1) },
    clock,
    metrics: createKubeMetrics(createRegistry('test')),
    logger: createLogger({ level: 'error', format: 'json', stream: { write: ignored } }),
    slices: new TimeSlices(),
    onSynced: ignored,
  };
  const view = createClusterView({ kinds: [], supporting: options.supporting, memory: 1_000 });
  const running = reflectorsOf(view, handlerOf, options).map((reflector) => reflector.run(ended.signal));
  const again = readAllAgain(budgetedKinds(view, options), handlerOf, options, ended.signal);
  const store = supportingStore(view, kind);
  const transform = (raw: KubeObject): unknown => watcher.requests.find(({ type }) => type.kind === 'Secret')?.transform(raw);
  const pass = async (time = 1_000): Promise<void> => {
    await clock.advance(time);
    for (let turn = 0; turn < 5; turn += 1) await settle();
  };
  const stop = async (): Promise<void> => {
    ended.abort(new DOMException('the test is over', 'AbortError'));
    await Promise.all([...running, again]);
  };
  const kept = () => Object.fromEntries(Array.from(store.list(), ({ metadata: { name }, notKept }) => [name, notKept === undefined]));
  return { watcher, view, options, store, events, transform, pass, stop, kept };
}

describe('a supporting kind with a budget', () => {
  it('is kept by name beyond it, tells metrics so, and is read again with its selector when there is room', async () => {
    const { watcher, view, store, events, transform, pass, stop, kept } = world();
    await pass();
    const objects = ['a', 'b', 'c'].map((name) => transform(sized(name, 300)));
    watcher.push('', { kind: 'replace', objects, resourceVersion: '1' });
    await pass();
    expect([kept(), keptFigures(view)]).toEqual([
      { a: true, b: true, c: false },
      [{ kind: 'Secret', bytes: 600, limit: 1_000, notKept: 1 }],
    ]);
    expect(store.get(keyOf('team', 'a'))).toMatchObject({ by: 'k1', bytes: 300 });
    expect(store.get(keyOf('team', 'c'))).not.toHaveProperty('bytes');
    events.length = 0;
    watcher.push('', { kind: 'deleted', object: transform(sized('a', 300)) });
    await pass();
    await pass();
    const [request] = watcher.requests.filter(({ fieldSelector }) => fieldSelector !== undefined);
    expect(request).toMatchObject({ namespace: 'team', fieldSelector: 'metadata.name=c', labelSelector: 'managed=true' });
    watcher.push('team metadata.name=c', { kind: 'replace', objects: [request?.transform(sized('c', 300))], resourceVersion: '2' });
    await pass();
    expect([kept(), events.map(({ type, object }) => `${type} ${object.metadata.name}`)]).toEqual([
      { b: true, c: true },
      ['deleted a', 'modified c'],
    ]);
    await stop();
  });

  it('is all that is read again: one without a budget is kept whole', async () => {
    const { view, options, stop } = world();
    const both = budgetedKinds(view, { ...options, supporting: [anySupporting(kind), anySupporting(plain)] });
    expect([...both.keys()]).toEqual([kind.id]);
    await stop();
  });

  it('gives back what a list does not hold any more', async () => {
    const { watcher, view, transform, pass, stop } = world();
    await pass();
    watcher.push('', { kind: 'replace', objects: [transform(sized('a', 300)), transform(sized('b', 300))], resourceVersion: '1' });
    await pass();
    watcher.push('', { kind: 'replace', objects: [transform(sized('b', 300))], resourceVersion: '2' });
    await pass();
    expect(keptFigures(view)).toMatchObject([{ bytes: 300, notKept: 0 }]);
    await stop();
  });
});

describe('BudgetedStore.refine', () => {
  const made = () => {
    const store = new BudgetedStore<Sized>({ ...kind.memory!, total: 1_000 });
    store.apply(
      'added',
      store.admit(sized('a', 100), (raw) => raw),
    );
    return store;
  };

  it('keeps a more complete object if it fits, and else its name', () => {
    const store = made();
    expect(store.refine(sized('a', 500))).toMatchObject({ bytes: 500 });
    expect(store.budget.heldBytes).toBe(500);
    expect(store.refine(sized('a', 800))).toMatchObject({ notKept: 800 });
    expect([store.get(keyOf('team', 'a'))?.notKept, store.budget.heldBytes, store.budget.notKeptCount]).toEqual([800, 0, 1]);
  });

  it('counts nothing for another version and for one that is not there', () => {
    const store = made();
    for (const object of [sized('a', 900, 2), sized('b', 900)]) expect(store.refine(object)).toBe(object);
    expect([store.budget.heldBytes, store.size]).toEqual([100, 1]);
  });
});
