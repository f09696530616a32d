// Objects that were not kept are read again when there is room for them.
import { describe, expect, it } from '@jest/globals';
import type { ExternalSecretObject } from '../../../src/api/schema/external-secret.ts';
import type { KubeObject } from '../../../src/api/object/object.ts';
import { readAgain } from '../../../src/view/read-again.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import type { KubeFailure } from '../../../src/kube/port.ts';
import type { WatchEvent } from '../../../src/watch/port.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { ownKindWorld as world, raw, ten } from './own-kind-world.ts';
import { ScriptedListWatcher } from '../watch/objects.ts';

const down: KubeFailure = { kind: 'unavailable', status: 503, message: 'down' };

interface Reading extends ReturnType<typeof world> {
  readonly watcher: ScriptedListWatcher;
  /** Namespaces and names of the objects that were asked for. */
  readonly asked: () => readonly string[];
  readonly pass: (time: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** `others`: listed in addition to ten objects of `team`. */
async function reading(others: readonly KubeObject[] = []): Promise<Reading> {
  const made = world();
  const [watcher, clock, ended] = [new ScriptedListWatcher(), new FakeClock(), new AbortController()];
  const handler = (event: WatchEvent<ExternalSecretObject>): void => void made.events.push(event);
  await made.list([...ten, ...others]);
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
  const asked = (): readonly string[] => watcher.requests.map(({ namespace, fieldSelector }) => `${namespace} ${fieldSelector}`);
  return { ...made, watcher, asked, pass, stop };
}

/** What a list of one answers: the watcher of these tests leaves `transform` to whoever pushes. */
function answer({ watcher, kind }: { watcher: ScriptedListWatcher; kind: ReturnType<typeof world>['kind'] }, object: KubeObject): void {
  const { namespace, name } = object.metadata;
  watcher.push(`${namespace} metadata.name=${name}`, { kind: 'replace', objects: [kind.readAgain(object)], resourceVersion: '9' });
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

  it('reads the objects of the other namespaces when one fails, and tries that one again alone', async () => {
    const [kept, waiting] = ['p0', 'p1'].map((name) => raw(name, { namespace: 'other' }));
    const test = await reading([kept!, waiting!]);
    for (const object of ten.slice(0, 3)) test.see('deleted', object);
    test.watcher.push('team metadata.name=o5', { kind: 'error', failure: down });
    await test.pass(1_000);
    expect(test.asked()).toEqual(['team metadata.name=o5', 'other metadata.name=p1']);
    answer(test, waiting!);
    await test.pass(1_000);
    expect(test.kept()).toEqual(['o3', 'o4', 'p0', 'p1']);
    test.see('deleted', kept!);
    await test.pass(7_000);
    expect(test.asked()).toHaveLength(2);
    await test.pass(2_000);
    expect(test.asked().slice(2)).toEqual(['team metadata.name=o5']);
    answer(test, ten[5]!);
    await test.pass(1_000);
    expect(test.kept()).toContain('o5');
    await test.stop();
  });

  it('tries again after a failure', async () => {
    const test = await reading();
    test.see('deleted', ten[0]!);
    test.watcher.push('team metadata.name=o5', { kind: 'error', failure: down });
    await test.pass(1_000);
    await test.pass(10_000);
    expect(test.watcher.requests).toHaveLength(2);
    await test.stop();
  });
});
