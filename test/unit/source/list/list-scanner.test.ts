import { describe, expect, it } from '@jest/globals';
import type { Identity } from '../../../../src/aws/credentials/identity.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { createSecretSource } from '../../../../src/source/engine.ts';
import type { SecretSourceOptions } from '../../../../src/source/engine-options.ts';
import type { Interest, RemoteReference } from '../../../../src/source/port.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { current, type EngineWorld, key, minutely, MINUTE, one, startEngine } from '../engine-world.ts';
import { MemorySecretsManager } from '../memory-secrets-manager.ts';
import { MemoryLister } from './memory-lister.ts';

const HOUR = ms(3_600_000);
const names = Array.from({ length: 45 }, (_, index) => `app/secret-${index}`);

function listed(reference: RemoteReference, heldVersionId = 'v1', refreshInterval = MINUTE): Interest {
  return { reference, refreshInterval, heldVersionId, listedMaxAge: HOUR };
}

interface ListWorld extends EngineWorld {
  readonly lister: MemoryLister;
  /** Number of calls since the last time this was called. */
  calls(): { readonly lists: number; readonly reads: number };
}

/** 45 secrets with one dependant each, and two minutes for the first lists. */
async function startListing(
  prepare: (lister: MemoryLister) => void = () => undefined,
  options: Partial<SecretSourceOptions> = {},
): Promise<ListWorld> {
  const lister = new MemoryLister();
  const world = startEngine({ lister, ...options });
  world.aws.put(...names);
  lister.show(Object.fromEntries(names.map((name) => [name, 'v1'])));
  prepare(lister);
  await world.readAll(names.map((name) => current(name)));
  for (const name of names) world.engine.subscribe(key(name), [listed(current(name))]);
  await world.clock.advance(2 * MINUTE);
  let [lists, reads] = [lister.calls.length, world.aws.calls.length];
  const calls = () => {
    const counted = { lists: lister.calls.length - lists, reads: world.aws.calls.length - reads };
    [lists, reads] = [lister.calls.length, world.aws.calls.length];
    return counted;
  };
  return Object.assign(world, { lister, calls });
}

describe('references that lists may look at', () => {
  it('are listed in each interval and read by their maximum age', async () => {
    await using world = await startListing();
    await world.clock.advance(30 * MINUTE);
    expect(world.calls()).toMatchObject({ lists: 30 });
    expect(world.lister.calls.at(-1)?.prefixes.every((prefix) => prefix.startsWith('app/secret-'))).toBe(true);
    expect(world.engine.stats().listed).toMatchObject({ references: 45 });
    const before = world.aws.reads;
    await world.clock.advance(HOUR - 30 * MINUTE);
    for (const name of names) expect((world.aws.reads[name] ?? 0) - (before[name] ?? 0)).toBeLessThanOrEqual(2);
    for (const name of names) expect(world.clock.now() - (world.engine.confirmedAt(key(name)) ?? 0)).toBeLessThanOrEqual(HOUR);
    expect(world.called).toEqual([]);
  });

  it('are read at once when a list shows another version, and their dependants called', async () => {
    await using world = await startListing();
    world.aws.put('app/secret-7');
    world.lister.show({ 'app/secret-7': 'v2' });
    await world.clock.advance(MINUTE + 10);
    expect(world.called.map(([dependant]) => dependant)).toEqual([key('app/secret-7')]);
    const { lists, reads } = world.calls();
    expect(lists).toBe(1);
    // Another reference may be due by its maximum age just then.
    expect(reads).toBeLessThanOrEqual(2);
  });

  it('are read once when a list is late, not in each of its five minutes', async () => {
    await using world = await startListing();
    world.aws.put('app/secret-7');
    await world.read(current('app/secret-7'), ms(0));
    world.engine.subscribe(key('app/secret-7'), [listed(current('app/secret-7'), 'v2')]);
    world.calls();
    await world.clock.advance(5 * MINUTE);
    expect(world.calls().lists).toBe(5);
    expect(world.aws.timesOf('app/secret-7').filter((at) => at > world.clock.monotonic() - 5 * MINUTE).length).toBeLessThanOrEqual(1);
    // The list was right: a person has moved the label back.
    world.aws.moveLabel('app/secret-7', 'v1');
    await world.clock.advance(3 * MINUTE);
    expect(world.called.at(-1)?.[0]).toBe(key('app/secret-7'));
  });

  it('are read in their own interval where no list shows them', async () => {
    await using world = await startListing((lister) => lister.hide('app/secret-3'));
    const before = world.aws.timesOf('app/secret-3').length;
    await world.clock.advance(10 * MINUTE);
    expect(world.aws.timesOf('app/secret-3').length - before).toBeGreaterThanOrEqual(9);
    expect(world.engine.stats().listed.references).toBe(44);
  });

  it('are read at once when they vanish from the list', async () => {
    await using world = await startListing();
    world.lister.hide('app/secret-3');
    world.aws.fail('app/secret-3', 'RemoteSecretNotFound');
    await world.clock.advance(MINUTE + 10);
    expect(world.called.map(([dependant]) => dependant)).toEqual([key('app/secret-3')]);
  });

  it.each<[string, (lister: MemoryLister) => void, number]>([
    ['lists are denied', (lister) => void (lister.failing = 'AccessDenied'), 1],
    ['a list takes more pages than reading takes calls', (lister) => void (lister.pageSize = 10), 3],
  ])('are read in their own interval when %s, which is tried again after an hour', async (_why, prepare, tries) => {
    await using world = await startListing(prepare);
    expect(world.lister.calls).toHaveLength(tries);
    const before = world.aws.timesOf('app/secret-3').length;
    await world.clock.advance(50 * MINUTE);
    expect(world.lister.calls).toHaveLength(tries);
    expect(world.aws.timesOf('app/secret-3').length - before).toBeGreaterThanOrEqual(49);
    await world.clock.advance(15 * MINUTE);
    expect(world.lister.calls.length).toBe(2 * tries);
  });

  it.each<[string, (lister: MemoryLister) => void, { readonly denied: number; readonly tooLong: number; readonly dearer: number }]>([
    ['lists do', () => undefined, { denied: 0, tooLong: 0, dearer: 0 }],
    ['lists are denied', (lister) => void (lister.failing = 'AccessDenied'), { denied: 12, tooLong: 0, dearer: 0 }],
    ['the first list was too long', (lister) => void (lister.pageSize = 10), { denied: 0, tooLong: 1, dearer: 11 }],
  ])('are counted by the way that was chosen: %s', async (_how, prepare, avoided) => {
    await using world = await startListing(prepare);
    await world.clock.advance(10 * MINUTE);
    const { reads, listed: seen, listsAvoided } = world.engine.stats();
    expect(listsAvoided).toEqual(avoided);
    const [batches, singles] = [true, false].map((batch) =>
      world.aws.calls.filter((call) => call.batch === batch).flatMap(({ ids }) => ids),
    );
    expect(reads).toEqual({ batch: batches?.length, single: singles?.length });
    // Twelve times, or never.
    expect(seen.unchanged).toBe(avoided.denied + avoided.tooLong === 0 ? 12 * names.length : 0);
  });

  it('are read as an identity of which it is told that lists are denied, until they are granted', async () => {
    const turns: unknown[] = [];
    const onIdentityChange = (concerns: (identity: Identity) => boolean) => void turns.push(concerns(one));
    await using world = await startListing((lister) => void (lister.failing = 'AccessDenied'), { onIdentityChange });
    expect([world.engine.readStateOf(one).lists, world.engine.readStateOf(one).batch]).toEqual(['denied', 'granted']);
    world.lister.failing = undefined;
    turns.length = 0;
    await world.clock.advance(65 * MINUTE);
    expect(world.engine.readStateOf(one).lists).toBe('granted');
    expect(turns).toEqual([true]);
  });

  it('are read while lists fail, and listed again as soon as that works', async () => {
    await using world = await startListing((lister) => void (lister.failing = 'AWSUnavailable'));
    expect(world.engine.stats().listed.references).toBe(0);
    world.lister.failing = undefined;
    await world.clock.advance(MINUTE + 10);
    expect(world.engine.stats().listed.references).toBe(45);
  });

  it('are read while a defect keeps lists from being made, and listed again without it', async () => {
    await using world = await startListing((lister) => void (lister.defect = new TypeError('defect')));
    expect(world.engine.stats().listed.references).toBe(0);
    const before = world.aws.timesOf('app/secret-3').length;
    await world.clock.advance(5 * MINUTE);
    expect(world.aws.timesOf('app/secret-3').length - before).toBeGreaterThanOrEqual(4);
    world.lister.defect = undefined;
    await world.clock.advance(MINUTE + 10);
    expect(world.engine.stats().listed.references).toBe(45);
  });

  it('end the engine where it cannot take note of what a list led to', async () => {
    const clock = new FakeClock();
    const [secrets, lister] = [new MemorySecretsManager(clock), new MemoryLister()];
    const onChange = (): void => {
      throw new TypeError('defect');
    };
    const engine = createSecretSource({ secrets, lister, clock, onChange, aliveUntil: clock.now() });
    const ended: unknown[] = [];
    void engine.run(new AbortController().signal).catch((error: unknown) => ended.push(error));
    secrets.put('app/one', 'app/two');
    secrets.put('app/two');
    lister.show({ 'app/one': 'v1', 'app/two': 'v2' });
    for (const name of ['app/one', 'app/two']) engine.subscribe(key(name), [listed(current(name))]);
    await clock.advance(2 * MINUTE);
    expect(ended).toMatchObject([{ message: expect.stringContaining('could not take note'), cause: { message: 'defect' } }]);
  });

  it('are found behind empty pages', async () => {
    await using world = await startListing((lister) => void (lister.emptyPages = 2));
    world.calls();
    await world.clock.advance(10 * MINUTE);
    expect(world.calls().lists).toBe(30);
    expect(world.engine.stats().listed.references).toBe(45);
  });

  it('are found behind an empty page where one page is all that reading would cost, and not behind empty pages without end', async () => {
    const few = names.slice(0, 15);
    for (const [emptyPages, calls, covered] of [
      [1, 2 * 30, 15],
      [100, 11, 0],
    ] as const) {
      const lister = new MemoryLister();
      lister.emptyPages = emptyPages;
      await using world = startEngine({ lister });
      world.aws.put(...few);
      lister.show(Object.fromEntries(few.map((name) => [name, 'v1'])));
      await world.readAll(few.map((name) => current(name)));
      for (const name of few) world.engine.subscribe(key(name), [listed(current(name))]);
      await world.clock.advance(30 * MINUTE);
      expect(lister.calls).toHaveLength(calls);
      expect(world.engine.stats().listed.references).toBe(covered);
    }
  });

  it('cost no more where one of a thousand is wanted each minute', async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => `app/of-many-${index}`);
    const callsOfAnHour = async (mayList: boolean) => {
      const lister = new MemoryLister();
      await using world = startEngine({ lister });
      world.aws.put(...many);
      lister.show(Object.fromEntries(many.map((name) => [name, 'v1'])));
      for (const [index, name] of many.entries()) {
        const { listedMaxAge = HOUR, ...polled } = listed(current(name), 'v1', index === 0 ? MINUTE : HOUR);
        world.engine.subscribe(key(name), [mayList ? { ...polled, listedMaxAge: ms(24 * listedMaxAge) } : polled]);
      }
      await world.clock.advance(2 * HOUR);
      [lister.calls.length, world.aws.calls.length] = [0, 0];
      await world.clock.advance(HOUR);
      return { lists: lister.calls.length, reads: world.aws.calls.length, secrets: world.aws.calls.flatMap(({ ids }) => ids).length };
    };
    const [listing, polling] = [await callsOfAnHour(true), await callsOfAnHour(false)];
    expect(listing.lists).toBe(10);
    // The one is read by itself each minute, and those that are due by their maximum age with it.
    expect(listing.reads).toBeLessThanOrEqual(61);
    expect(listing.lists + listing.reads).toBeLessThanOrEqual(polling.reads * 1.1);
    // More are due by their maximum age in one hour than in another.
    expect(listing.secrets).toBeLessThan(polling.secrets / 8);
  });

  it('are read at once when a list for others shows another version', async () => {
    await using world = await startListing();
    world.aws.put('app/secret-100');
    world.lister.show({ 'app/secret-100': 'v1' });
    await world.read(current('app/secret-100'));
    world.engine.subscribe(key('app/secret-100'), [listed(current('app/secret-100'), 'v1', HOUR)]);
    await world.clock.advance(2 * MINUTE);
    world.aws.put('app/secret-100');
    world.lister.show({ 'app/secret-100': 'v2' });
    world.calls();
    await world.clock.advance(MINUTE + 10);
    expect(world.called.map(([dependant]) => dependant)).toEqual([key('app/secret-100')]);
    expect(world.calls().lists).toBe(1);
  });

  it('are listed for those of a longer interval in the same go', async () => {
    await using world = await startListing();
    for (const name of names.slice(5)) world.engine.subscribe(key(name), [listed(current(name), 'v1', ms(5 * MINUTE))]);
    await world.clock.advance(10 * MINUTE);
    world.calls();
    await world.clock.advance(50 * MINUTE);
    // The five that are wanted each minute take a page; the others are on it, or on that of each fifth minute.
    expect(world.calls().lists).toBe(50);
    expect(world.engine.stats().listed.references).toBe(45);
  });

  it('are not listed while somebody else has them read as often', async () => {
    await using world = await startListing();
    for (const name of names) world.engine.subscribe(key(`other-${name}`), [minutely(current(name), 'v1')]);
    await world.clock.advance(MINUTE);
    world.calls();
    await world.clock.advance(10 * MINUTE);
    expect(world.calls().lists).toBe(0);
    for (const name of names) world.engine.subscribe(key(`other-${name}`), []);
    await world.clock.advance(2 * MINUTE);
    world.calls();
    await world.clock.advance(10 * MINUTE);
    expect(world.calls().lists).toBe(10);
  });

  it('are not listed once nobody wants that any more', async () => {
    await using world = await startListing();
    for (const name of names)
      world.engine.subscribe(key(name), [{ reference: current(name), refreshInterval: MINUTE, heldVersionId: 'v1' }]);
    world.calls();
    await world.clock.advance(10 * MINUTE);
    expect(world.calls()).toMatchObject({ lists: 0 });
    expect(world.aws.timesOf('app/secret-3').filter((at) => at > world.clock.monotonic() - 10 * MINUTE).length).toBeGreaterThanOrEqual(9);
  });
});
