// Secrets, stores and identities that change while the engine runs, or that have similar names.
import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../../src/failure/failure.ts';
import { type Identity, identityKey, type RoleStep } from '../../../src/aws/credentials/identity.ts';
import type { SecretVersion } from '../../../src/aws/port.ts';
import { ms } from '../../../src/base/time/clock.ts';
import { priority } from '../../../src/base/priority.ts';
import { ok } from '../../../src/base/result.ts';
import type { Interest } from '../../../src/source/port.ts';
import { referenceKey } from '../../../src/source/references/reference-key.ts';
import { current, type EngineWorld, identityNamed, key, MINUTE, minutely, one, startEngine } from './engine-world.ts';
import { versionOf } from './memory-secrets-manager.ts';

const role = (over: Partial<RoleStep>): Identity => ({
  ...one,
  roles: [{ roleArn: 'arn:aws:iam::111122223333:role/shared', sessionTags: [], transitiveTagKeys: [], ...over }],
});

describe('a label that is moved back', () => {
  it('calls the dependants once, as any other change does, and once more when it is moved forth', async () => {
    await using world = startEngine();
    world.aws.put('a');
    await world.clock.advance(1_000);
    world.aws.put('a');
    world.engine.subscribe(key('x'), [minutely(current('a'), 'v2')]);
    await world.clock.advance(MINUTE);
    world.aws.moveLabel('a', 'v1');
    await world.clock.advance(MINUTE);
    expect(world.called).toEqual([[key('x'), priority.source]]);
    expect(await world.read(current('a'))).toMatchObject({ value: { versionId: 'v1' } });
    world.engine.subscribe(key('x'), [minutely(current('a'), 'v1')]);
    await world.clock.advance(5 * MINUTE);
    expect(world.called.length).toBe(1);
    world.aws.moveLabel('a', 'v2');
    await world.clock.advance(MINUTE);
    expect(world.called.length).toBe(2);
  });
});

describe('a replica that is behind', () => {
  /** `a` at its second version, made a second after the first; the version in a late answer; the dependants that hold the second. */
  async function behind(): Promise<EngineWorld & { readonly late: Outcome<SecretVersion>; readonly held: Interest }> {
    const world = startEngine();
    const created = world.clock.now();
    world.aws.put('a');
    await world.clock.advance(1_000);
    world.aws.put('a');
    const held = { ...minutely(current('a'), 'v2'), heldCreatedDate: new Date(created + 1_000).toISOString() };
    return Object.assign(world, { late: ok(versionOf('a', 'v1', created)), held });
  }

  it('is not believed after a failure either', async () => {
    await using world = await behind();
    world.engine.subscribe(key('x'), [minutely(current('a'), 'v2')]);
    await world.clock.advance(MINUTE);
    world.aws.fail('a', 'Throttled');
    await world.clock.advance(2 * MINUTE);
    world.aws.failures.clear();
    world.aws.scripted.push(world.late);
    await world.clock.advance(5 * MINUTE);
    expect(world.called).toEqual([
      [key('x'), priority.retry],
      [key('x'), priority.retry],
    ]);
    expect(world.engine.observe(current('a'))).toMatchObject({ versionId: 'v2' });
  });

  it('is not believed when it answers first after a restart', async () => {
    await using world = await behind();
    world.aws.scripted.push(world.late);
    world.engine.subscribe(key('x'), [world.held]);
    world.engine.subscribe(key('y'), [minutely(current('a'), 'v2')]);
    await world.clock.advance(3 * MINUTE);
    expect(world.called).toEqual([]);
    expect(world.aws.calls.length).toBe(4);
  });

  it('is not believed when somebody who holds a newer version asks for the value first after a restart', async () => {
    await using world = await behind();
    world.aws.scripted.push(world.late);
    const { heldCreatedDate: createdDate } = world.held;
    const held = new Map([[referenceKey(current('a')), { versionId: 'v2', createdDate }]]);
    const reading = world.engine.read([current('a')], { maxAge: MINUTE, held, signal: new AbortController().signal });
    await world.clock.advance(10);
    expect([...(await reading).values()]).toMatchObject([{ ok: true, value: { versionId: 'v2' } }]);
  });

  it('is told from a label that was moved back while nobody was there', async () => {
    await using world = await behind();
    world.aws.moveLabel('a', 'v1');
    world.engine.subscribe(key('x'), [world.held]);
    await world.clock.advance(3 * MINUTE);
    expect(world.called).toEqual([[key('x'), priority.source]]);
    // Asked once, although `x` still holds the second version.
    world.engine.subscribe(key('x'), [world.held]);
    await world.clock.advance(3 * MINUTE);
    expect(world.aws.calls.length).toBe(7);
  });

  it('is not believed by what a dependant holds of a secret that is another one now', async () => {
    await using world = await behind();
    const elsewhere = { ...minutely(current('a'), 'other'), heldCreatedDate: '2099-01-01T00:00:00.000Z' };
    world.engine.subscribe(key('x'), [elsewhere]);
    await world.clock.advance(3 * MINUTE);
    expect(world.called).toEqual([[key('x'), priority.source]]);
    expect(world.engine.observe(current('a'))).toMatchObject({ versionId: 'v2' });
    expect(world.aws.calls.length).toBe(5);
  });
});

describe('a version id that is the same, with a new dependant', () => {
  it('is read for its value, and nobody else is called', async () => {
    await using world = startEngine({ cacheTtl: ms(10_000) });
    world.aws.put('a');
    world.engine.subscribe(key('x'), [minutely(current('a'), 'v1')]);
    await world.clock.advance(5 * MINUTE);
    expect(world.engine.stats().cachedValues).toBe(0);
    const calls = world.aws.calls.length;
    expect(await world.read(current('a'))).toMatchObject({ ok: true, value: { versionId: 'v1' } });
    world.engine.subscribe(key('new'), [minutely(current('a'), 'v1')]);
    await world.clock.advance(1_000);
    expect(world.aws.calls.length).toBe(calls + 1);
    expect(world.called).toEqual([]);
  });
});

describe('two stores of one identity', () => {
  it('share calls, values and refreshes', async () => {
    await using world = startEngine();
    world.aws.put('a');
    const [first, second] = [current('a', identityNamed()), current('a', identityNamed())];
    expect(first.identity).not.toBe(second.identity);
    await world.read(first);
    await world.read(second);
    world.engine.subscribe(key('x'), [minutely(first, 'v1')]);
    world.engine.subscribe(key('y'), [minutely(second, 'v1')]);
    await world.clock.advance(5 * MINUTE);
    expect(world.aws.calls.length).toBeLessThanOrEqual(1 + 5);
    expect(world.engine.stats()).toMatchObject({ references: 1, dependants: 2 });
  });
});

describe('a store that is edited to another role', () => {
  it('is read as the new one only, and what it holds already is no news', async () => {
    await using world = startEngine();
    world.aws.put('a');
    const [before, after] = [identityNamed('before'), identityNamed('after')];
    world.engine.subscribe(key('x'), [minutely(current('a', before), 'v1')]);
    await world.clock.advance(2 * MINUTE);
    world.engine.subscribe(key('x'), [minutely(current('a', after), 'v1')]);
    world.aws.calls.length = 0;
    await world.clock.advance(10 * MINUTE);
    expect(new Set(world.aws.calls.map(({ identity }) => identity))).toEqual(new Set([identityKey(after)]));
    expect(world.aws.calls.length).toBeGreaterThanOrEqual(9);
    expect(world.called).toEqual([]);
    expect(world.engine.stats().references).toBe(1);
  });
});

describe('two tenants with the same role and different external ids', () => {
  it('never get what was read for the other, and are refused each for itself', async () => {
    await using world = startEngine();
    world.aws.put('a');
    const [mine, theirs] = [role({ externalId: 'mine' }), role({ externalId: 'theirs' })];
    expect((await world.read(current('a', mine))).ok).toBe(true);
    world.aws.failAs(theirs, { reason: 'AssumeRoleDenied', message: 'the role may not be assumed', during: 'credentials' });
    expect(await world.read(current('a', theirs))).toMatchObject({ ok: false, failure: { reason: 'AssumeRoleDenied' } });
    expect((await world.read(current('a', mine), ms(0))).ok).toBe(true);
    expect(world.aws.calls.map(({ identity }) => identity)).toEqual([mine, theirs, mine].map(identityKey));
  });
});

describe('1,000 references that fail for ever', () => {
  it('call each dependant once, and cost as many calls as their retries fill', async () => {
    await using world = startEngine();
    const ids = Array.from({ length: 1_000 }, (_, n) => `s${n}`);
    for (const id of ids) world.engine.subscribe(key(id), [minutely(current(id), 'v1')]);
    await world.clock.advance(120 * MINUTE);
    expect(world.called.length).toBe(1_000);
    // Each comes back every five minutes, nearly twenty to a call.
    expect(world.aws.calls.length).toBeLessThanOrEqual(24 * 65 + 500);
  }, 60_000);
});
