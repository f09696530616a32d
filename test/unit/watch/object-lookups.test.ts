// Live lookups of single objects: their order, and a namespace with failures uses no place of another.
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { ObjectLookups } from '../../../src/watch/object-lookups.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { ScriptedListWatcher } from './objects.ts';

const refused = { kind: 'error', failure: { kind: 'forbidden', status: 403, message: 'no RoleBinding' } } as const;
const listed = (...objects: string[]) => ({ kind: 'replace', objects, resourceVersion: '1' }) as const;

function scene() {
  const clock = new FakeClock();
  const watcher = new ScriptedListWatcher();
  const told: string[] = [];
  const stop = new AbortController();
  const looks = new ObjectLookups({
    watcher,
    type: builtin.secret,
    clock,
    onFailure: (namespace, { kind }) => void told.push(`${namespace} ${kind}`),
    onDefect: (error) => void told.push(error instanceof Error ? error.message : 'defect'),
    signal: stop.signal,
  });
  const look = (namespace: string, name: string): (() => void) =>
    looks.add(namespace, name, (version) => void told.push(`${namespace}/${name} ${version ?? 'none'}`));
  const answer = async (namespace: string, name: string, ...items: Parameters<ScriptedListWatcher['push']>[1][]): Promise<string[]> => {
    watcher.push(`${namespace} metadata.name=${name}`, ...items);
    await clock.advance(0);
    return told.splice(0);
  };
  const asked = (): string[] =>
    watcher.requests.map(({ namespace, fieldSelector }) => `${namespace} ${fieldSelector?.split('=')[1] ?? ''}`);
  return { clock, watcher, told, stop, look, answer, asked };
}

describe('looks at single objects', () => {
  it('of a refused namespace keep no other from its own', async () => {
    const { look, answer, asked, clock, watcher } = scene();
    for (const name of ['a', 'b', 'c', 'd']) watcher.push(`refused metadata.name=${name}`, ...Array.from({ length: 100 }, () => refused));
    for (const name of ['a', 'b', 'c', 'd']) look('refused', name);
    await clock.advance(0);
    look('team', 'x');
    expect(asked()).toContain('team x');
    expect(await answer('team', 'x', listed('u/1'))).toContain('team/x u/1');
  });

  it('that failed are made again after the others of the namespace, ever less often', async () => {
    const { look, answer, asked, clock, watcher } = scene();
    for (const name of ['a', 'b', 'c']) watcher.push(`refused metadata.name=${name}`, ...Array.from({ length: 1_000 }, () => refused));
    for (const name of ['a', 'b', 'c']) look('refused', name);
    await clock.advance(1_500);
    expect(asked().slice(0, 4)).toEqual(['refused a', 'refused b', 'refused c', 'refused a']);
    await clock.advance(600_000);
    // Two of each rest, of half a minute at the end.
    expect(asked().length).toBeLessThan(70);
    expect(await answer('refused', 'a')).toContain('refused forbidden');
  });

  it('that failed are answered once they are allowed', async () => {
    const { look, answer, clock } = scene();
    look('team', 'x');
    expect(await answer('team', 'x', refused)).toEqual(['team forbidden']);
    expect(await answer('team', 'x', listed())).toEqual([]);
    await clock.advance(1_500);
    expect(await answer('team', 'x')).toEqual(['team/x none']);
  });

  it('are shared out by namespace', async () => {
    const { look, asked, answer } = scene();
    for (const name of ['a', 'b', 'c', 'd', 'e']) look('many', name);
    look('team', 'x');
    expect(asked()).toEqual(['many a', 'many b', 'team x']);
    await answer('many', 'a', listed('u/1'));
    expect(asked()).toEqual(['many a', 'many b', 'team x', 'many c']);
  });

  it('end when nobody waits for them any more', async () => {
    const { look, asked, answer, watcher } = scene();
    const [first] = [look('team', 'a'), look('team', 'b')];
    const third = look('team', 'c');
    third();
    first?.();
    expect(watcher.requests[0]?.signal.aborted).toBe(true);
    expect(await answer('team', 'a', listed('u/1'))).toEqual([]);
    look('team', 'd');
    expect(asked()).toEqual(['team a', 'team b', 'team d']);
  });

  it('that end without an answer are a defect', async () => {
    const { look, answer } = scene();
    look('team', 'a');
    expect(await answer('team', 'a', 'end')).toEqual(['the list of Secret in namespace "team" ended by itself']);
  });
});
