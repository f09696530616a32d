import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { managedContents } from '../../../../src/reconcile/workload/source-contents.ts';
import { markerPrefixes } from '../../../../src/restart/source/marker.ts';
import { contentOf, TEAM, WorkloadWorld } from './workload-world.ts';

const db = { kind: 'Secret', name: 'db' } as const;
const signal = new AbortController().signal;

function scene() {
  const world = new WorkloadWorld();
  const { externalSecrets, managedSecrets, api } = world;
  const sides = [{ dialect: keytender, externalSecrets, managedSecrets }];
  const contents = managedContents({ sides, prefixes: markerPrefixes(keytender.annotations), client: api });
  world.want('db', { mode: 'Discover' });
  world.write('db', { a: '1' });
  world.sync();
  return { world, contents, [Symbol.dispose]: () => world[Symbol.dispose]() };
}

describe('the content of a managed Secret', () => {
  it('comes from its records, once for each version of it', () => {
    using made = scene();
    const first = made.contents.cached(TEAM, db);
    expect(first?.content).toEqual({ sequence: 1, content: contentOf({ a: '1' }), changes: [] });
    expect(made.contents.cached(TEAM, db)).toBe(first);
    made.world.write('db', { a: '2' });
    expect(made.contents.cached(TEAM, db)).toBe(first);
    made.world.syncSecrets();
    expect(made.contents.cached(TEAM, db)?.content).toMatchObject({ sequence: 2, changes: [{ sequence: 2, keys: ['a'] }] });
  });

  it('is unknown of a Secret that does not exist, or that has no record', async () => {
    using made = scene();
    expect(made.contents.cached(TEAM, { ...db, name: 'none' })).toBeUndefined();
    made.world.api.edit(builtin.secret, TEAM, 'db', { metadata: { annotations: null } });
    made.world.syncSecrets();
    expect(made.contents.cached(TEAM, db)).toBeUndefined();
    expect(await made.contents.live(TEAM, db, signal)).toEqual({ ok: true, value: undefined });
    expect(await made.contents.live(TEAM, { ...db, name: 'none' }, signal)).toEqual({ ok: true, value: undefined });
  });

  it('is read from the API server, with the failure of the read', async () => {
    using made = scene();
    made.world.write('db', { a: '2' });
    expect(await made.contents.live(TEAM, db, signal)).toMatchObject({ ok: true, value: { sequence: 2 } });
    made.world.api.fault = () => 'forbidden';
    expect(await made.contents.live(TEAM, db, signal)).toMatchObject({ ok: false, failure: { kind: 'forbidden' } });
  });

  it('counts only records of ExternalSecrets that have it as their target', async () => {
    using made = scene();
    const forged = keytender.records.annotation('forged');
    const text = keytender.records.serialise({ writer: 'x', inputs: '', content: 'k1:x' as never, sources: [], sequence: 99 });
    made.world.api.edit(builtin.secret, TEAM, 'db', { metadata: { annotations: { [forged]: text } } });
    made.world.syncSecrets();
    expect(made.contents.cached(TEAM, db)?.content.sequence).toBe(1);
    expect(await made.contents.live(TEAM, db, signal)).toMatchObject({ value: { sequence: 1 } });
  });
});
