// Own objects beyond the memory share of their namespace: only the name is kept, and they are read again when there is room.
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import type { ExternalSecretObject } from '../../../src/api/external-secret.ts';
import type { KubeObject } from '../../../src/api/object.ts';
import { createClusterView, ownKind } from '../../../src/view/cluster-view.ts';
import type { OwnKind } from '../../../src/view/own-kind.ts';
import { createKeptMetrics } from '../../../src/telemetry/kept-metrics.ts';
import { readAgain } from '../../../src/app/read-again.ts';
import { keyOf } from '../../../src/base/key.ts';
import { TimeSlices } from '../../../src/base/time-slices.ts';
import type { KubeFailure } from '../../../src/kube/port.ts';
import type { WatchEvent } from '../../../src/watch/port.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { ScriptedListWatcher } from '../watch/objects.ts';

const MIB = 1024 * 1024;
const LARGE = 'x'.repeat(MIB);

interface Shape {
  readonly namespace?: string;
  readonly version?: number;
  readonly text?: string;
}

function raw(name: string, { namespace = 'team', version = 1, text = LARGE }: Shape = {}): KubeObject {
  const metadata = {
    name,
    namespace,
    uid: `uid-${name}`,
    resourceVersion: `${version}`,
    generation: version,
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  const data = [{ secretKey: 'k', remoteRef: { key: text } }];
  const spec = { secretStoreRef: { name: 'aws' }, target: { name: `target-${name}` }, data };
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'SecretSynced',
    message: 'fine',
    observedGeneration: 1,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const status = { binding: { name: 'b' }, conditions: [ready, { ...ready, type: 'Restarted' }] };
  return { apiVersion: 'keytender.dev/v1', kind: 'ExternalSecret', metadata, spec, status } as KubeObject;
}

function world(memory = 20 * MIB) {
  const view = createClusterView(keytender, { memory });
  const kind = ownKind(view.own, 'ExternalSecret') as unknown as OwnKind<ExternalSecretObject>;
  const events: WatchEvent<ExternalSecretObject>[] = [];
  const tell = (told: readonly WatchEvent<ExternalSecretObject>[]): void => {
    for (const event of told) {
      kind.released(event);
      events.push(event);
    }
  };
  return {
    view,
    kind,
    events,
    see: (type: 'added' | 'modified' | 'deleted', object: KubeObject) => tell(kind.store.apply(type, kind.take(object))),
    list: (objects: readonly KubeObject[]) => {
      tell(kind.store.replace(objects.map(kind.take)));
      kind.listed('');
    },
    kept: () => [...kind.store.list()].filter(({ notKept }) => notKept === undefined).map(({ metadata }) => metadata.name),
  };
}

const ten = Array.from({ length: 10 }, (_, index) => raw(`o${index}`));

describe('OwnKind', () => {
  it('keeps of what does not fit its name, its store, its target and what its Ready condition says', () => {
    const { list, kept, kind, view } = world();
    list(ten);
    expect(kept()).toEqual(['o0', 'o1', 'o2', 'o3', 'o4']);
    const rest = kind.store.get(keyOf('team', 'o9'));
    expect(rest).toMatchObject({
      metadata: { name: 'o9', uid: 'uid-o9' },
      spec: { secretStoreRef: { name: 'aws' }, target: { name: 'target-o9' } },
      status: { conditions: [{ type: 'Ready', reason: 'SecretSynced' }] },
    });
    expect(rest?.notKept).toBeGreaterThan(2 * MIB);
    expect(JSON.stringify(rest).length).toBeLessThan(1_000);
    expect(view.externalSecrets.byIndex('target', 'team/target-o9')).toHaveLength(1);
    expect(view.externalSecrets.byIndex('store', 'SecretStore/team/aws')).toHaveLength(10);
  });

  it('keeps a small one of another namespace all the same, and what it keeps when it is listed again', () => {
    const { list, see, kept, kind } = world();
    list(ten);
    see('added', raw('other', { namespace: 'late', text: 'short' }));
    const before = kind.store.get(keyOf('team', 'o0'));
    list([raw('other', { namespace: 'late', text: 'short' }), ...ten.toReversed()]);
    expect(kept().toSorted()).toEqual(['o0', 'o1', 'o2', 'o3', 'o4', 'other']);
    expect(kind.store.get(keyOf('team', 'o0')) === before).toBe(true);
  });

  it('gives the room of what is gone back, and of what a list that was broken off had counted', () => {
    const { list, see, kind, kept } = world();
    for (const object of ten) kind.take(object);
    list(ten.slice(0, 2));
    const ofTwo = kind.budget.heldBytes;
    expect(ofTwo).toBeLessThan(5 * MIB);
    see('deleted', ten[0]!);
    expect(kind.budget.heldBytes).toBe(ofTwo / 2);
    list([]);
    expect([kind.budget.heldBytes, kind.budget.notKeptCount, kept()]).toEqual([0, 0, []]);
  });

  it('tells metrics how much it keeps, and how many it does not', async () => {
    const { list, kind } = world();
    list(ten);
    const registry = new Registry();
    createKeptMetrics(registry, () => [kind.figures]);
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('keytender_'));
    expect(lines).toEqual([
      `keytender_kept_bytes{kind="ExternalSecret"} ${kind.budget.heldBytes}`,
      `keytender_kept_bytes_limit{kind="ExternalSecret"} ${kind.budget.total}`,
      'keytender_objects_not_kept{kind="ExternalSecret"} 5',
    ]);
  });

  it('tells of one that has grown too large, and of one that has become small enough', () => {
    const { see, events, list } = world();
    list([...ten.slice(0, 5), raw('small', { text: 'x' })]);
    see('modified', raw('small', { version: 2 }));
    expect([events.at(-1)?.type, events.at(-1)?.object.notKept]).toEqual(['modified', expect.any(Number)]);
    see('modified', raw('small', { version: 3, text: 'y' }));
    expect(events.at(-1)?.object.notKept).toBeUndefined();
  });
});

async function reading(): Promise<
  ReturnType<typeof world> & { watcher: ScriptedListWatcher; pass: (time: number) => Promise<void>; stop: () => Promise<void> }
> {
  const made = world();
  const [watcher, clock, ended] = [new ScriptedListWatcher(), new FakeClock(), new AbortController()];
  const handler = (event: WatchEvent<ExternalSecretObject>): void => void made.events.push(event);
  made.list(ten);
  made.events.length = 0;
  const run = readAgain({ kind: made.kind, handler, watcher, slices: new TimeSlices(), clock }, ended.signal);
  const stop = async (): Promise<void> => {
    ended.abort();
    await run;
  };
  /** The event loop is asked for with `setImmediate`, which the clock waits for once. */
  const pass = async (time: number): Promise<void> => {
    await clock.advance(time);
    for (let turn = 0; turn < 5; turn += 1) await settle();
  };
  await pass(1_000);
  return { ...made, watcher, pass, stop };
}

/** What a list of one answers: the watcher of these tests leaves `transform` to whoever pushes. */
function answer({ watcher, kind }: { watcher: ScriptedListWatcher; kind: ReturnType<typeof world>['kind'] }, object: KubeObject): void {
  const selector = `metadata.name=${object.metadata.name}`;
  watcher.push(`team ${selector}`, { kind: 'replace', objects: [kind.readAgain(object)], resourceVersion: '9' });
}

describe('readAgain', () => {
  it('asks for nothing until there is room, and then for as much as fits', async () => {
    const test = await reading();
    await test.pass(60_000);
    expect(test.watcher.requests).toEqual([]);
    test.see('deleted', ten[0]!);
    await test.pass(1_000);
    expect(test.watcher.requests.map(({ fieldSelector }) => fieldSelector)).toEqual(['metadata.name=o5']);
    answer(test, ten[5]!);
    await test.pass(1_000);
    expect(test.kept()).toEqual(['o1', 'o2', 'o3', 'o4', 'o5']);
    expect(test.events.map(({ type, object, before }) => [type, object.metadata.name, object.notKept, before?.notKept])).toEqual([
      ['deleted', 'o0', undefined, undefined],
      ['modified', 'o5', undefined, expect.any(Number)],
    ]);
    await test.pass(60_000);
    expect(test.watcher.requests).toHaveLength(1);
    await test.stop();
  });

  it('leaves another version to the watch, and one that is gone', async () => {
    const test = await reading();
    expect(test.kind.readAgain(raw('o5', { version: 2, text: 'short' }))).toBeUndefined();
    expect(test.kind.readAgain(raw('new', { text: 'short' }))).toBeUndefined();
    expect(test.kept()).toEqual(['o0', 'o1', 'o2', 'o3', 'o4']);
    await test.stop();
  });

  it('tries again after a failure', async () => {
    const test = await reading();
    const failure: KubeFailure = { kind: 'unavailable', status: 503, message: 'down' };
    test.see('deleted', ten[0]!);
    test.watcher.push('team metadata.name=o5', { kind: 'error', failure });
    await test.pass(1_000);
    await test.pass(10_000);
    expect(test.watcher.requests).toHaveLength(2);
    await test.stop();
  });
});
