// Tags in the engine: references of their own beside the value of the same secret, without batches, lists or events.
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../src/base/time/clock.ts';
import { PollingReliance } from '../../../src/source/events/polling-reliance.ts';
import type { Interest, RemoteReference } from '../../../src/source/port.ts';
import { referenceKey } from '../../../src/source/references/reference-key.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { current, type EngineWorld, key, MINUTE, one, startEngine } from './engine-world.ts';
import { MemoryLister } from './list/memory-lister.ts';
import { said } from '../../support/said.ts';

const HOUR = ms(3_600_000);

function tagsOf(secretId: string, identity = one): RemoteReference {
  return { identity, secretId, version: { kind: 'tags' } };
}

async function held(world: EngineWorld, reference: RemoteReference): Promise<Interest> {
  const outcome = await world.read(reference);
  if (!outcome.ok) throw new Error(said(outcome.failure));
  return { reference, refreshInterval: MINUTE, heldVersionId: outcome.value.versionId };
}

describe('tags', () => {
  it('share no key with a value, nor with the tags of another secret', () => {
    const pinned = { identity: one, secretId: 'db', version: { kind: 'id', id: '' } } as const;
    const references = [
      current('db'),
      tagsOf('db'),
      tagsOf('db2'),
      pinned,
      { ...current('db'), version: { kind: 'stage', stage: '' } } as const,
    ];
    expect(new Set(references.map(referenceKey)).size).toBe(references.length);
  });

  it.each(['SecretsManager', 'ParameterStore'] as const)('are read one by one in %s, once for all who ask', async (service) => {
    await using world = startEngine();
    const identity = { ...one, service };
    world.aws.put('a', 'b', 'c');
    world.aws.tag('a', { team: 'shop' });
    const wanted = [tagsOf('a', identity), tagsOf('b', identity), tagsOf('a', identity), current('a', identity), current('c', identity)];
    expect(await world.readAll(wanted)).toEqual({ a: 'ok', b: 'ok', c: 'ok' });
    expect(world.aws.calls.map(({ batch, ids }) => [batch, ids])).toEqual(
      expect.arrayContaining([
        [false, ['a']],
        [false, ['b']],
        [true, ['a', 'c']],
      ]),
    );
    expect(world.aws.calls).toHaveLength(3);
    // From the cache.
    await world.read(tagsOf('a', identity));
    expect(world.aws.calls).toHaveLength(3);
  });

  it('are refreshed like a value: a dependant is called for other tags only', async () => {
    await using world = startEngine();
    world.aws.put('db');
    world.aws.tag('db', { team: 'shop', owner: 'Ann' });
    world.engine.subscribe(key('tags'), [await held(world, tagsOf('db'))]);
    world.engine.subscribe(key('value'), [await held(world, current('db'))]);
    await world.clock.advance(5 * MINUTE);
    world.aws.tag('db', { owner: 'Ann', team: 'shop' });
    await world.clock.advance(2 * MINUTE);
    expect(world.called).toEqual([]);
    world.aws.tag('db', { team: 'billing' });
    await world.clock.advance(2 * MINUTE);
    expect(world.called.map(([dependant]) => dependant)).toEqual([key('tags')]);
    world.engine.subscribe(key('tags'), [await held(world, tagsOf('db'))]);
    world.aws.put('db');
    await world.clock.advance(2 * MINUTE);
    expect(world.called.map(([dependant]) => dependant)).toEqual([key('tags'), key('value')]);
  });

  it('that cannot be read are tried again, and their end is told', async () => {
    await using world = startEngine();
    world.aws.put('db');
    world.aws.fail('db', 'AccessDenied');
    expect(await world.readAll([tagsOf('db')])).toEqual({ db: 'AccessDenied' });
    world.engine.subscribe(key('tags'), [{ reference: tagsOf('db'), refreshInterval: HOUR }]);
    world.aws.failures.clear();
    await world.clock.advance(MINUTE);
    expect(world.called.map(([dependant]) => dependant)).toEqual([key('tags')]);
  });

  it('are polled in their interval whatever lists and events are relied on for', async () => {
    const lister = new MemoryLister();
    lister.show({ db: 'v1' });
    const readObserver = { reliesOn: () => true, versionChanged: () => undefined, forget: () => undefined };
    await using world = startEngine({ lister, readObserver });
    world.aws.put('db');
    const interest = await held(world, tagsOf('db'));
    world.engine.subscribe(key('tags'), [{ ...interest, reliance: { maxAge: ms(24 * HOUR) }, listedMaxAge: ms(24 * HOUR) }]);
    const before = world.aws.calls.length;
    await world.clock.advance(10 * MINUTE);
    expect(world.aws.calls.length - before).toBe(10);
    expect(lister.calls).toEqual([]);
  });

  it('that a poll finds changed are no proof that events are incomplete', async () => {
    const clock = new FakeClock();
    const missed: string[] = [];
    const trust = new PollingReliance({ clock, onChange: () => undefined, onMissed: ({ secretId }) => void missed.push(secretId) });
    trust.receivingFrom({ url: 'q', forAll: true });
    trust.versionChanged(tagsOf('tags'), 'tags-2');
    trust.versionChanged(current('value'), 'v2');
    await clock.advance(5 * MINUTE);
    trust.queueEmptied();
    expect(missed).toEqual(['value']);
  });
});
