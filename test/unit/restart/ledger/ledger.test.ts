// The ledger over an API in memory: what is stored survives, requests are few, and neither faults, other leaders nor edits by hand spoil it.
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { TimeSlices } from '../../../../src/base/time/time-slices.ts';
import { sourceKey, workloadKey } from '../../../../src/restart/ledger/entry.ts';
import { Ledger } from '../../../../src/restart/ledger/ledger.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { MemoryApi } from '../../../support/fakes/memory-api.ts';
import { dataOf, lead, operatorNamespace, sourceEntry, workloadEntry } from './entries.ts';

const NAME = 'keytender-restarts-0';

describe('the ledger', () => {
  it('returns what it has stored, also to the next leader', async () => {
    const api = new MemoryApi();
    const { ledger, signal } = await lead(api, { shards: 4 });
    const entries = [workloadEntry('a'), workloadEntry('b', { wave: 'canary' }), sourceEntry('colors')];
    expect(await ledger.write(entries, signal)).toEqual({ ok: true, value: undefined });
    const next = await lead(api, { shards: 4 });
    expect(next.ledger.workload('a')).toEqual(workloadEntry('a'));
    expect(next.ledger.workload('b')?.wave).toBe('canary');
    expect(next.ledger.source('ConfigMap', 'team', 'colors')).toEqual(sourceEntry('colors'));
    expect(next.ledger.source('Secret', 'team', 'colors')).toBeUndefined();
    expect([...next.ledger.entries()]).toHaveLength(3);
  });

  it('has room for a workload with as many sources as are followed', async () => {
    const { ledger, signal } = await lead(new MemoryApi());
    const markers = Object.fromEntries(
      Array.from({ length: 501 }, (_, index) => [
        `restart-configmap.keytender.dev/${String(index).padStart(63, 'x')}`,
        `${2 ** 48}.${'c'.repeat(60)}`,
      ]),
    );
    expect(await ledger.write([workloadEntry('a', { markers })], signal)).toEqual({ ok: true, value: undefined });
  });

  it('makes no ConfigMap before there is something to store', async () => {
    const api = new MemoryApi();
    const { ledger, signal } = await lead(api);
    await ledger.write([], signal);
    await ledger.retain({ workload: () => false, source: () => false }, signal);
    expect(api.writes).toEqual([]);
  });

  it('answers nothing before it is loaded', () => {
    const options = {
      client: new MemoryApi(),
      namespace: 'x',
      slices: new TimeSlices(),
      clock: new FakeClock(),
      onProblem: () => undefined,
    };
    const ledger = new Ledger(options);
    expect(ledger.isLoaded).toBe(false);
    expect(() => ledger.workload('a')).toThrow('before it is loaded');
  });

  it('is loaded once the API server answers', async () => {
    const api = new MemoryApi();
    const clock = new FakeClock();
    const said: string[] = [];
    api.fault = () => 'unavailable';
    const slices = new TimeSlices();
    const ledger = new Ledger({
      client: api,
      namespace: operatorNamespace,
      slices,
      clock,
      onProblem: (text) => void said.push(text),
      shards: 2,
    });
    const loaded = ledger.load(new AbortController().signal);
    await clock.advance(1_500);
    expect(ledger.isLoaded).toBe(false);
    api.fault = () => undefined;
    await clock.advance(10_000);
    await loaded;
    expect(ledger.isLoaded).toBe(true);
    expect(said[0]).toMatch(/^the ledger of restarts cannot be read/);
  });

  it('writes what comes together in one request, and what comes meanwhile in the next one', async () => {
    const api = new MemoryApi();
    const { ledger, signal } = await lead(api);
    await ledger.write([workloadEntry('0')], signal);
    api.writes.splice(0);
    const first = Array.from({ length: 50 }, (_, n) => ledger.write([workloadEntry(`a${n}`)], signal));
    await Promise.resolve();
    await Promise.resolve();
    const second = Array.from({ length: 50 }, (_, n) => ledger.write([workloadEntry(`b${n}`)], signal));
    await Promise.all([...first, ...second]);
    expect(api.writes.map(({ verb }) => verb)).toEqual(['patch', 'patch']);
    expect(Object.keys(dataOf(api))).toHaveLength(101);
  });

  it('writes the restarts of one namespace to one ConfigMap, and finds each where it is', async () => {
    const api = new MemoryApi();
    const { ledger, signal } = await lead(api, { shards: 16 });
    const names = Array.from({ length: 64 }, (_, n) => `a${n}`);
    await Promise.all(names.map((name) => ledger.write([workloadEntry(name)], signal)));
    const written = api.writes.length;
    expect(written).toBeLessThanOrEqual(2);
    await Promise.all(names.map((name) => ledger.write([workloadEntry(name, { wave: 'next' })], signal)));
    expect(api.writes.length - written).toBeLessThanOrEqual(2);
    const next = await lead(api, { shards: 16 });
    for (const name of names) expect(next.ledger.workload(name)?.wave).toBe('next');
    expect([...next.ledger.entries()]).toHaveLength(64);
  });

  it('goes to further ConfigMaps when that of the namespace is full, for many entries and for one', async () => {
    const api = new MemoryApi();
    const { ledger, signal } = await lead(api, { shards: 4, bytesPerShard: 20_000 });
    const entries = Array.from({ length: 100 }, (_, n) => workloadEntry(`a${n}`));
    expect(await ledger.write(entries, signal)).toEqual({ ok: true, value: undefined });
    expect(ledger.bytes.most).toBeLessThanOrEqual(20_000);
    for (let n = 0; n < 20; n += 1) expect((await ledger.write([workloadEntry(`b${n}`)], signal)).ok).toBe(true);
    expect([...ledger.entries()]).toHaveLength(120);
    const next = await lead(api, { shards: 4, bytesPerShard: 20_000 });
    for (let n = 0; n < 100; n += 1) expect(next.ledger.workload(`a${n}`)).toBeDefined();
  });

  it('finds the later entry if two leaders have written it to two ConfigMaps, and removes both', async () => {
    const api = new MemoryApi();
    const first = await lead(api);
    await first.ledger.write([workloadEntry('a', { patchedAt: '2026-01-01T00:00:01.000Z' })], first.signal);
    const later = Object.fromEntries(Object.entries(dataOf(api)).map(([key, text]) => [key, text.replace('00:00:01', '00:00:02')]));
    api.put(builtin.configMap, { metadata: { name: 'keytender-restarts-1', namespace: operatorNamespace }, data: later });
    const { ledger, signal } = await lead(api, { shards: 2 });
    expect(ledger.workload('a')?.patchedAt).toBe('2026-01-01T00:00:02.000Z');
    await ledger.retain({ workload: () => false, source: () => false }, signal);
    expect([...ledger.entries()]).toEqual([]);
  });

  it('resolves only when the entry is stored', async () => {
    const api = new MemoryApi();
    const { ledger, signal } = await lead(api);
    let isStored = false;
    const written = ledger.write([workloadEntry('a')], signal).then(() => (isStored = dataOf(api)[workloadKey('a')] !== undefined));
    expect(ledger.workload('a')).toBeUndefined();
    await written;
    expect(isStored).toBe(true);
    expect(ledger.workload('a')).toBeDefined();
  });

  it('reads again after a conflict, and keeps what the other leader has stored', async () => {
    const api = new MemoryApi();
    const [old, present] = [await lead(api), await lead(api)];
    await old.ledger.write([workloadEntry('a'), workloadEntry('both', { patchedAt: '2026-01-01T00:00:09.000Z' })], old.signal);
    await present.ledger.write([workloadEntry('b'), workloadEntry('both', { patchedAt: '2026-01-01T00:00:01.000Z' })], present.signal);
    expect(Object.keys(dataOf(api)).toSorted()).toEqual(['w.a', 'w.b', 'w.both']);
    expect(present.ledger.workload('a')).toBeDefined();
    expect(present.ledger.workload('both')?.patchedAt).toBe('2026-01-01T00:00:09.000Z');
    await old.ledger.write([workloadEntry('c')], old.signal);
    expect(old.ledger.workload('b')).toBeDefined();
  });

  it('keeps the greater count of changes of a source, and the greater count of removals of one text', async () => {
    const api = new MemoryApi();
    const [old, present] = [await lead(api), await lead(api)];
    const marker = 'restart.keytender.dev/database';
    await old.ledger.write([sourceEntry('colors', { sequence: 7 }), workloadEntry('a', { removals: { [marker]: 2 } })], old.signal);
    await present.ledger.write([sourceEntry('colors', { sequence: 6 }), workloadEntry('a')], present.signal);
    expect(present.ledger.source('ConfigMap', 'team', 'colors')?.sequence).toBe(7);
    expect(present.ledger.workload('a')?.removals).toEqual({ [marker]: 2 });
    await present.ledger.write([workloadEntry('a', { markers: { [marker]: '3.k:def' } })], present.signal);
    expect(present.ledger.workload('a')?.removals).toEqual({});
  });

  it('gives up after conflicts without end, and says so', async () => {
    const api = new MemoryApi();
    const { ledger, signal } = await lead(api);
    await ledger.write([workloadEntry('a')], signal);
    api.fault = ({ verb }) => (verb === 'patch' ? 'conflict' : undefined);
    expect(await ledger.write([workloadEntry('b')], signal)).toMatchObject({ ok: false, failure: { kind: 'conflict' } });
    expect(ledger.workload('b')).toBeUndefined();
  });

  it('stores an entry whose first answer was lost', async () => {
    const api = new MemoryApi();
    const { ledger, signal } = await lead(api);
    for (const uid of ['a', 'b']) {
      api.fault = ({ verb }) => (verb === 'get' ? undefined : 'lost');
      expect(await ledger.write([workloadEntry(uid)], signal)).toMatchObject({ ok: false, failure: { kind: 'unavailable' } });
      api.fault = () => undefined;
      expect(await ledger.write([workloadEntry(uid)], signal)).toMatchObject({ ok: true });
    }
    expect(Object.keys(dataOf(api))).toEqual(['w.a', 'w.b']);
  });

  it('is whole after a crash before or after each request', async () => {
    for (const fault of ['crash-before', 'crash-after'] as const) {
      const api = new MemoryApi();
      const stored: string[] = [];
      for (let at = 0; at < 6; at += 1) {
        const { ledger, signal } = await lead(api);
        for (const uid of stored) expect(ledger.workload(uid)).toBeDefined();
        const uid = `w${at}`;
        await ledger.write([workloadEntry(uid)], signal);
        stored.push(uid);
        api.fault = ({ verb }) => (verb === 'get' ? undefined : fault);
        await expect(ledger.write([workloadEntry(`lost${at}`)], signal)).rejects.toThrow();
        if (fault === 'crash-after') stored.push(`lost${at}`);
        api.fault = () => undefined;
      }
    }
  });

  it('makes the ConfigMap again, with all entries, when somebody has deleted it', async () => {
    const api = new MemoryApi();
    const { ledger, signal } = await lead(api);
    await ledger.write([workloadEntry('a')], signal);
    api.remove(builtin.configMap, operatorNamespace, NAME);
    expect(await ledger.write([workloadEntry('b')], signal)).toMatchObject({ ok: true });
    expect(Object.keys(dataOf(api))).toEqual(['w.a', 'w.b']);
  });

  it('repairs a ConfigMap that was edited by hand, entry by entry, and says so', async () => {
    const api = new MemoryApi();
    const first = await lead(api);
    await first.ledger.write([workloadEntry('a'), workloadEntry('b'), sourceEntry('colors')], first.signal);
    const data = { 'w.a': '{"about":"workload"}', 'w.c': JSON.stringify(workloadEntry('d')), note: 'mine', 'w.e': 'x'.repeat(40_000) };
    api.edit(builtin.configMap, operatorNamespace, NAME, { data });
    const next = await lead(api);
    expect(next.said).toEqual([
      'ConfigMap keytender-system/keytender-restarts-0: 4 entries are not readable and are removed, such as w.a, w.c, note; do not edit it',
    ]);
    expect(Object.keys(dataOf(api)).toSorted()).toEqual([sourceKey('ConfigMap', 'team', 'colors'), 'w.b'].toSorted());
    expect(next.ledger.workload('b')).toBeDefined();
    expect(next.ledger.workload('a')).toBeUndefined();
  });

  it('writes a spoilt entry again that it still has in memory', async () => {
    const api = new MemoryApi();
    const { ledger, signal } = await lead(api);
    await ledger.write([workloadEntry('a')], signal);
    api.edit(builtin.configMap, operatorNamespace, NAME, { data: { 'w.a': 'spoilt' } });
    await ledger.write([workloadEntry('b')], signal);
    expect((await lead(api)).ledger.workload('a')).toEqual(workloadEntry('a'));
  });

  it('removes the entries of objects that are gone', async () => {
    const api = new MemoryApi();
    const { ledger, signal } = await lead(api);
    await ledger.write([workloadEntry('a'), workloadEntry('b'), sourceEntry('colors'), sourceEntry('shapes')], signal);
    await ledger.retain({ workload: (uid) => uid === 'a', source: (_kind, _namespace, name) => name === 'colors' }, signal);
    expect([...(await lead(api)).ledger.entries()].map(({ name }) => name).toSorted()).toEqual(['app-a', 'colors']);
  });

  it('shares its room by namespace, and refuses only the write that has none', async () => {
    const api = new MemoryApi();
    const { ledger, signal } = await lead(api, { bytesPerShard: 20_000 });
    const greedy = Array.from({ length: 100 }, (_, n) => ledger.write([workloadEntry(`g${n}`, { namespace: 'greedy' })], signal));
    const results = await Promise.all([...greedy, ledger.write([workloadEntry('small', { namespace: 'small' })], signal)]);
    const refused = results.filter((result) => !result.ok);
    expect(refused.length).toBeGreaterThan(20);
    expect(refused[0]).toMatchObject({ failure: { kind: 'quota' } });
    expect(results.at(-1)).toEqual({ ok: true, value: undefined });
    expect(await ledger.write([workloadEntry('g0', { namespace: 'greedy', patchedAt: '2026-02-01T00:00:00.000Z' })], signal)).toMatchObject(
      { ok: true },
    );
    expect(ledger.bytes.most).toBeLessThan(20_000);
  });

  it('stops waiting when the caller ends, and still stores the entry', async () => {
    const api = new MemoryApi();
    const { ledger } = await lead(api);
    const caller = new AbortController();
    const written = ledger.write([workloadEntry('a')], caller.signal);
    caller.abort();
    await expect(written).rejects.toThrow();
    await new FakeClock().advance(ms(0));
    expect(ledger.workload('a')).toBeDefined();
  });

  it('writes nothing after its leadership has ended', async () => {
    const api = new MemoryApi();
    const { ledger, stop } = await lead(api);
    stop.abort();
    await expect(ledger.write([workloadEntry('a')], new AbortController().signal)).rejects.toThrow();
    expect(api.writes).toEqual([]);
  });
});
