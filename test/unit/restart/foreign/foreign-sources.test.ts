// What is known of Secrets and ConfigMaps of others: when they are read, what counts as a change, and what survives a restart.
import { describe, expect, it } from '@jest/globals';
import type { SourceContent } from '../../../../src/restart/source/content.ts';
import { dataOf } from '../ledger/entries.ts';
import { all, colors, ForeignWorld, SETTLE } from './foreign-world.ts';

const known = (content: SourceContent | string): SourceContent => {
  if (typeof content === 'string') throw new TypeError(`the content is ${content}`);
  return content;
};

describe('a foreign source', () => {
  it('is unknown until its baseline is stored, and then has no change', async () => {
    const world = new ForeignWorld();
    world.put('colors', { sky: 'blue' });
    const { sources, ledger } = await world.lead();
    sources.declare('Deployment/team/app', 'team', [all]);
    expect(sources.contentOf('team', colors)).toBe('unknown');
    await world.clock.advance(0);
    expect(sources.contentOf('team', colors)).toEqual({ sequence: 1, content: expect.stringMatching(/^k1:/), changes: [] });
    expect(ledger.source('ConfigMap', 'team', 'colors')?.digests).toHaveProperty('sky');
    expect(world.changes).toEqual(['team/colors']);
  });

  it('has a change with the keys that changed, once the change has settled', async () => {
    const world = new ForeignWorld();
    world.put('colors', { sky: 'blue', sea: 'blue', old: 'x' });
    const { sources } = await world.lead();
    sources.declare('app', 'team', [all]);
    await world.clock.advance(0);
    const first = known(sources.contentOf('team', colors));
    world.put('colors', { sky: 'grey', sea: 'blue', added: 'y' });
    await world.clock.advance(SETTLE - 1);
    expect(sources.contentOf('team', colors)).toEqual(first);
    await world.clock.advance(1);
    const second = known(sources.contentOf('team', colors));
    expect(second.content).not.toBe(first.content);
    expect(second.changes).toEqual([{ sequence: 2, at: '2026-01-01T00:00:00.000Z', keys: ['old', 'sky', 'added'] }]);
    expect(world.changes).toEqual(['team/colors', 'team/colors']);
  });

  it('changed several times in the time of settling: read once, and the time is that of the last change', async () => {
    const world = new ForeignWorld();
    world.put('colors', { sky: 'blue' });
    const { sources } = await world.lead();
    sources.declare('app', 'team', [all]);
    await world.clock.advance(0);
    for (const sky of ['grey', 'red', 'black']) {
      world.put('colors', { sky });
      await world.clock.advance(2_000);
    }
    await world.settled();
    expect(world.reads).toEqual(['team/colors', 'team/colors']);
    expect(known(sources.contentOf('team', colors)).changes).toEqual([{ sequence: 2, at: '2026-01-01T00:00:04.000Z', keys: ['sky'] }]);
  });

  it('label-only/annotation-only change → no rollout', async () => {
    const world = new ForeignWorld();
    world.put('colors', { sky: 'blue' });
    const { sources } = await world.lead();
    sources.declare('app', 'team', [all]);
    await world.clock.advance(0);
    const before = sources.contentOf('team', colors);
    world.put('colors', { sky: 'blue' }, { labels: { touched: 'yes' }, annotations: { by: 'somebody' } });
    await world.settled();
    expect(sources.contentOf('team', colors)).toEqual(before);
    expect(world.changes).toHaveLength(1);
    expect(world.reads).toHaveLength(2);
  });

  it('sequential changes → one rollout each', async () => {
    const world = new ForeignWorld();
    world.put('colors', { sky: '0' });
    const { sources } = await world.lead();
    sources.declare('app', 'team', [all]);
    await world.clock.advance(0);
    for (let n = 1; n <= 20; n += 1) {
      world.put('colors', { sky: String(n) });
      await world.settled();
    }
    const { sequence, changes } = known(sources.contentOf('team', colors));
    expect([sequence, changes.length, changes[0]?.sequence]).toEqual([21, 16, 21]);
    // The last one stands for all before it.
    expect(changes.at(-1)?.keys).toBeUndefined();
  });

  it('that changed while the operator was down has one change after the start', async () => {
    const world = new ForeignWorld();
    world.put('colors', { sky: 'blue' });
    world.put('shapes', { box: '1' });
    const first = await world.lead();
    first.sources.declare('app', 'team', [all, { kind: 'ConfigMap', name: 'shapes', keys: 'all' }]);
    await world.clock.advance(0);
    first.stop();
    world.put('colors', { sky: 'grey' });
    world.reads.splice(0);
    const second = await world.lead();
    second.sources.declare('app', 'team', [all, { kind: 'ConfigMap', name: 'shapes', keys: 'all' }]);
    await world.clock.advance(0);
    // An equal version is not read.
    expect(world.reads).toEqual(['team/colors']);
    expect(known(second.sources.contentOf('team', colors))).toMatchObject({ sequence: 2, changes: [{ sequence: 2, keys: ['sky'] }] });
    expect(second.sources.contentOf('team', { kind: 'ConfigMap', name: 'shapes' })).toMatchObject({ sequence: 1, changes: [] });
    second.stop();
    const third = await world.lead();
    third.sources.declare('app', 'team', [all]);
    await world.settled();
    expect(known(third.sources.contentOf('team', colors)).sequence).toBe(2);
    expect(world.reads).toEqual(['team/colors']);
  });

  it('that nobody consumes is not read', async () => {
    const world = new ForeignWorld();
    for (let n = 0; n < 50; n += 1) world.put(`other-${n}`, { x: '1' });
    world.put('colors', { sky: 'blue' });
    const { sources } = await world.lead();
    sources.declare('app', 'team', [all]);
    for (let n = 0; n < 50; n += 1) world.put(`other-${n}`, { x: '2' });
    await world.settled();
    expect(world.reads).toEqual(['team/colors']);
    sources.declare('app', 'team', []);
    world.put('colors', { sky: 'grey' });
    await world.settled();
    expect(world.reads).toEqual(['team/colors']);
    expect(sources.contentOf('team', colors)).toBe('unknown');
    expect([sources.size, sources.isDeclared('ConfigMap', 'team', 'colors')]).toEqual([0, false]);
  });

  it('changes only by the keys that somebody consumes; further keys begin without a change', async () => {
    const world = new ForeignWorld();
    world.put('colors', { sky: 'blue', sea: 'blue' });
    const { sources } = await world.lead();
    sources.declare('a', 'team', [{ ...colors, keys: ['sky'] }]);
    await world.clock.advance(0);
    world.put('colors', { sky: 'blue', sea: 'green' });
    await world.settled();
    expect(known(sources.contentOf('team', colors)).sequence).toBe(1);
    sources.declare('b', 'team', [{ ...colors, keys: ['sea', 'missing'] }]);
    await world.clock.advance(0);
    expect(known(sources.contentOf('team', colors)).sequence).toBe(1);
    world.put('colors', { sky: 'blue', sea: 'grey', missing: 'now here' });
    await world.settled();
    expect(known(sources.contentOf('team', colors)).changes).toMatchObject([{ sequence: 2, keys: ['missing', 'sea'] }]);
  });

  it('is followed for all keys as soon as one consumer reads all', async () => {
    const world = new ForeignWorld();
    world.put('colors', { sky: 'blue', sea: 'blue' });
    const { sources } = await world.lead();
    sources.declare('a', 'team', [{ ...colors, keys: ['sky'] }]);
    sources.declare('b', 'team', [all]);
    await world.clock.advance(0);
    world.put('colors', { sky: 'blue', sea: 'green' });
    await world.settled();
    expect(known(sources.contentOf('team', colors)).changes).toMatchObject([{ keys: ['sea'] }]);
  });

  it('is stored before anybody knows it: a ledger that fails leaves it unknown', async () => {
    const world = new ForeignWorld();
    world.put('colors', { sky: 'blue' });
    const { sources } = await world.lead();
    world.fault = ({ verb }) => (verb === 'get' ? undefined : 'unavailable');
    sources.declare('app', 'team', [all]);
    await world.clock.advance(5_000);
    expect(sources.contentOf('team', colors)).toBe('unknown');
    expect(world.problems[0]).toBe('team/colors: the API server says unavailable');
    world.fault = () => undefined;
    await world.clock.advance(60_000);
    expect(known(sources.contentOf('team', colors)).sequence).toBe(1);
  });

  it('that may not be read stays unknown, and is tried ever less often', async () => {
    const world = new ForeignWorld();
    world.put('colors', { sky: 'blue' });
    const { sources } = await world.lead();
    world.fault = ({ verb }) => (verb === 'get' ? 'forbidden' : undefined);
    sources.declare('app', 'team', [all]);
    await world.clock.advance(600_000);
    expect(sources.contentOf('team', colors)).toBe('unknown');
    expect(world.reads.length).toBeLessThan(20);
    world.fault = () => undefined;
    await world.clock.advance(120_000);
    expect(known(sources.contentOf('team', colors)).sequence).toBe(1);
  });

  it('keeps its content when the digest key was lost, and nothing changes', async () => {
    const world = new ForeignWorld();
    world.put('colors', { sky: 'blue' });
    const first = await world.lead();
    first.sources.declare('app', 'team', [all]);
    await world.clock.advance(0);
    const before = first.sources.contentOf('team', colors);
    first.stop();
    const second = await world.lead({ digestKey: { id: 'k2', bytes: new Uint8Array(32).fill(9) } });
    second.sources.declare('app', 'team', [all]);
    await world.settled();
    expect(second.sources.contentOf('team', colors)).toEqual(before);
    world.put('colors', { sky: 'grey' });
    await world.settled();
    expect(known(second.sources.contentOf('team', colors))).toMatchObject({ sequence: 2, content: expect.stringMatching(/^k2:/) });
  });

  it('has its marks, and tells when they change', async () => {
    const world = new ForeignWorld();
    world.put('colors', { sky: 'blue' }, { annotations: { 'reloader.stakater.com/match': 'true' } });
    const first = await world.lead();
    first.sources.declare('app', 'team', [all]);
    await world.clock.advance(0);
    expect(first.sources.marksOf('team', colors)).toEqual(['matched']);
    world.put('colors', { sky: 'blue' }, { annotations: { 'reloader.stakater.com/ignore': 'true' } });
    await world.settled();
    expect(first.sources.marksOf('team', colors)).toEqual(['ignored']);
    expect(world.changes).toHaveLength(2);
    first.stop();
    // With other settings it is read again, although its version is the same.
    const second = await world.lead({ marks: { id: 'other', of: () => ['unselected'] } });
    second.sources.declare('app', 'team', [all]);
    await world.clock.advance(0);
    expect(second.sources.marksOf('team', colors)).toEqual(['unselected']);
    expect(known(second.sources.contentOf('team', colors)).sequence).toBe(1);
  });

  it('of a type that is left out does not exist', async () => {
    const world = new ForeignWorld();
    world.putSecret('sh.helm.release.v1.app.v1', { release: 'x' }, 'helm.sh/release.v1');
    world.putSecret('token', { token: 'x' }, 'kubernetes.io/service-account-token');
    world.putSecret('plain', { password: 'x' });
    const { sources } = await world.lead();
    const names = ['sh.helm.release.v1.app.v1', 'token', 'plain'];
    sources.declare(
      'app',
      'team',
      names.map((name) => ({ kind: 'Secret', name, keys: 'all' })),
    );
    await world.clock.advance(0);
    expect(names.map((name) => sources.contentOf('team', { kind: 'Secret', name }))).toEqual([
      'absent',
      'absent',
      expect.objectContaining({ sequence: 1 }),
    ]);
    expect(world.reads).toEqual(['team/plain']);
  });

  it('is read once if the read is newer than the watch', async () => {
    const world = new ForeignWorld();
    world.put('colors', { sky: 'blue' });
    const { sources } = await world.lead();
    // Somebody is faster than the read, each time.
    world.fault = ({ verb, namespace }) => {
      if (verb === 'get' && namespace === 'team' && world.reads.length === 1) world.put('colors', { sky: 'grey' });
      return undefined;
    };
    sources.declare('app', 'team', [all]);
    await world.settled();
    await world.settled();
    expect(world.reads).toEqual(['team/colors']);
    expect(known(sources.contentOf('team', colors)).sequence).toBe(1);
  });

  it('is read at once to confirm it: a frozen watch hides no change', async () => {
    const world = new ForeignWorld();
    world.put('colors', { sky: 'blue' });
    const { sources } = await world.lead();
    sources.declare('app', 'team', [all]);
    await world.clock.advance(0);
    const { signal } = new AbortController();
    world.api.watchers.clear();
    world.put('colors', { sky: 'grey' });
    const confirm = () => sources.confirm('team', colors, signal);
    expect(await Promise.all([confirm(), confirm()])).toMatchObject([{ value: { sequence: 2 } }, { value: { sequence: 2 } }]);
    expect(known(sources.contentOf('team', colors)).changes).toMatchObject([{ keys: ['sky'] }]);
    expect(world.changes).toHaveLength(2);
    world.fault = () => 'unavailable';
    expect(await confirm()).toMatchObject({ ok: false, failure: { kind: 'unavailable' } });
    expect(await sources.confirm('team', { kind: 'ConfigMap', name: 'nobody' }, signal)).toEqual({ ok: true, value: 'unknown' });
  });

  it('leaves no value and no plain digest in the ledger', async () => {
    const world = new ForeignWorld();
    const value = 'canary-5d1f';
    world.putSecret('login', { password: value });
    const { sources } = await world.lead();
    sources.declare('app', 'team', [{ kind: 'Secret', name: 'login', keys: 'all' }]);
    await world.clock.advance(0);
    const stored = JSON.stringify([dataOf(world.api, 0), dataOf(world.api, 1)]);
    expect(stored).toContain('password');
    for (const text of [value, Buffer.from(value).toString('base64')]) expect(stored).not.toContain(text);
  });

  it('of one namespace waits for its own budget only', async () => {
    const world = new ForeignWorld();
    for (let n = 0; n < 300; n += 1) world.put(`c${n}`, { x: '1' }, {}, 'greedy');
    world.put('colors', { sky: 'blue' });
    const { sources } = await world.lead();
    for (let n = 0; n < 300; n += 1) sources.declare(`greedy${n}`, 'greedy', [{ kind: 'ConfigMap', name: `c${n}`, keys: 'all' }]);
    sources.declare('app', 'team', [all]);
    await world.clock.advance(1_000);
    expect(known(sources.contentOf('team', colors)).sequence).toBe(1);
    expect(world.reads.length).toBeLessThan(140);
    await world.clock.advance(30_000);
    expect(world.reads.length).toBe(301);
  });
});

describe('a foreign source that comes and goes', () => {
  const present = async (world: ForeignWorld, rules: { onCreate: boolean; onDelete: boolean }) => {
    world.put('colors', { sky: 'blue' });
    const led = await world.lead({ rules });
    led.sources.declare('app', 'team', [all]);
    await world.clock.advance(0);
    return led.sources;
  };

  it('reloadOnDelete on/off', async () => {
    for (const onDelete of [true, false]) {
      const world = new ForeignWorld();
      const sources = await present(world, { onCreate: false, onDelete });
      world.remove('colors');
      await world.settled();
      const expected = onDelete ? { sequence: 2, content: 'absent', changes: [{ sequence: 2, at: '2026-01-01T00:00:00.000Z' }] } : 'absent';
      expect(sources.contentOf('team', colors)).toEqual(expected);
    }
  });

  it('reloadOnCreate on/off', async () => {
    for (const onCreate of [true, false]) {
      const world = new ForeignWorld();
      const { sources } = await world.lead({ rules: { onCreate, onDelete: false } });
      sources.declare('app', 'team', [all]);
      await world.clock.advance(0);
      expect(sources.contentOf('team', colors)).toBe('absent');
      world.put('colors', { sky: 'blue' });
      await world.settled();
      expect(known(sources.contentOf('team', colors)).changes).toHaveLength(onCreate ? 1 : 0);
    }
  });

  it('reloadOnCreate also sees a creation while the operator was down', async () => {
    const world = new ForeignWorld();
    const rules = { onCreate: true, onDelete: false };
    const first = await world.lead({ rules });
    first.sources.declare('app', 'team', [all]);
    await world.clock.advance(0);
    first.stop();
    world.put('colors', { sky: 'blue' });
    const second = await world.lead({ rules });
    second.sources.declare('app', 'team', [all]);
    await world.clock.advance(0);
    expect(known(second.sources.contentOf('team', colors)).changes).toHaveLength(1);
  });

  it('continues its count as another object: equal content is no change, other content is one', async () => {
    const world = new ForeignWorld();
    const sources = await present(world, { onCreate: false, onDelete: false });
    const before = sources.contentOf('team', colors);
    world.remove('colors');
    world.put('colors', { sky: 'blue' });
    await world.settled();
    expect(sources.contentOf('team', colors)).toEqual(before);
    world.remove('colors');
    await world.settled();
    expect(sources.contentOf('team', colors)).toBe('absent');
    world.put('colors', { sky: 'grey' });
    await world.settled();
    expect(known(sources.contentOf('team', colors))).toMatchObject({ sequence: 2, changes: [{ sequence: 2, keys: ['sky'] }] });
  });

  it('is new content after a deletion that was content', async () => {
    const world = new ForeignWorld();
    const sources = await present(world, { onCreate: false, onDelete: true });
    world.remove('colors');
    await world.settled();
    world.put('colors', { sky: 'blue' });
    await world.settled();
    expect(known(sources.contentOf('team', colors))).toMatchObject({ sequence: 3, changes: [{ sequence: 3 }] });
  });
});
