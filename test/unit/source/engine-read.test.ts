// Reads through the engine: shared calls, batches, cache, retries after failures, and callers that give up.
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../src/base/time/clock.ts';
import { fail } from '../../../src/failure/failure.ts';
import { settle } from '../../support/fake-clock.ts';
import { identityKey } from '../../../src/aws/credentials/identity.ts';
import { current, identityNamed, key, MINUTE, minutely, one, pinned, startEngine } from './engine-world.ts';
import { versionOf } from './memory-secrets-manager.ts';
import { ok } from '../../../src/base/result.ts';

const many = (count: number) => Array.from({ length: count }, (_, n) => `s${n}`);

describe('reading', () => {
  it('shares one call among all who ask within the window, in batches of twenty', async () => {
    await using world = startEngine();
    world.aws.put(...many(45));
    const references = many(45).map((id) => current(id));
    const signal = new AbortController().signal;
    const all = [references.slice(0, 30), references, references.slice(10)].map((some) =>
      world.engine.read(some, { maxAge: MINUTE, signal }),
    );
    await world.clock.advance(3);
    expect((await Promise.all(all)).map((outcomes) => outcomes.size)).toEqual([30, 45, 35]);
    expect(world.aws.calls.map(({ batch, ids }) => [batch, ids.length])).toEqual([
      [true, 20],
      [true, 20],
      [true, 5],
    ]);
  });

  it('reads a lone reference, other stages and versions alone', async () => {
    await using world = startEngine();
    world.aws.put('a', 'b');
    const previous = { ...current('a'), version: { kind: 'stage', stage: 'AWSPREVIOUS' } } as const;
    await world.readAll([current('a'), pinned('a', 'v1'), previous]);
    expect(world.aws.calls.map(({ batch }) => batch)).toEqual([false, false, false]);
  });

  it('keeps identities apart', async () => {
    await using world = startEngine();
    world.aws.put('a', 'b');
    const two = identityNamed('two');
    await world.readAll([current('a'), current('b'), current('a', two), current('b', two)]);
    expect(world.aws.calls.map(({ identity, ids }) => [identity, ids.length])).toEqual([
      [identityKey(one), 2],
      [identityKey(two), 2],
    ]);
  });

  it('serves what was read within the age asked for, a pinned version as long as it is kept', async () => {
    await using world = startEngine();
    world.aws.put('a');
    await world.readAll([current('a'), pinned('a', 'v1')]);
    await world.clock.advance(50_000);
    await world.readAll([current('a'), pinned('a', 'v1')], MINUTE);
    expect(world.aws.reads).toEqual({ a: 2 });
    await world.readAll([current('a'), pinned('a', 'v1')], ms(10_000));
    expect(world.aws.reads).toEqual({ a: 3 });
    world.engine.references.invalidate(current('a'));
    await world.read(current('a'));
    expect(world.aws.reads).toEqual({ a: 4 });
    expect(world.engine.stats()).toMatchObject({ cachedValues: 2, valuesRequested: 7, valuesRead: 4 });
  });

  it('leaves no value in memory after its time, with nobody asking', async () => {
    await using world = startEngine({ cacheTtl: ms(30_000) });
    world.aws.put('a');
    world.engine.subscribe(key('x'), [minutely(current('a'), 'v0')]);
    await world.read(current('a'));
    expect(world.engine.stats().cachedValues).toBe(1);
    await world.clock.advance(30_001);
    expect(world.engine.stats()).toMatchObject({ cachedBytes: 0 });
  });

  it('answers from a failure while it rests; a forced read goes past it', async () => {
    await using world = startEngine();
    world.aws.fail('a', 'AccessDenied');
    const first = await world.read(current('a'));
    expect(await world.read(current('a'))).toEqual(first);
    expect(world.aws.calls.length).toBe(1);
    world.aws.failures.clear();
    world.aws.put('a');
    expect(await world.read(current('a'), MINUTE)).toEqual(first);
    expect((await world.read(current('a'), ms(0))).ok).toBe(true);
    expect((await world.read(current('a'), MINUTE)).ok).toBe(true);
    expect(world.aws.calls.length).toBe(2);
  });

  it('never answers a forced read with a call that had begun before', async () => {
    await using world = startEngine();
    world.aws.put('a');
    const held = Promise.withResolvers<void>();
    world.aws.holds.set(identityKey(one), held.promise);
    const signal = new AbortController().signal;
    const before = world.engine.read([current('a')], { maxAge: MINUTE, signal });
    await world.clock.advance(3);
    const joins = world.engine.read([current('a')], { maxAge: MINUTE, signal });
    const forced = world.engine.read([current('a')], { maxAge: ms(0), signal });
    await world.clock.advance(3);
    expect(world.aws.calls.length).toBe(2);
    held.resolve();
    await Promise.all([before, joins, forced]);
    expect(world.aws.calls.length).toBe(2);
  });

  it('lets a caller go without taking the others’ read along', async () => {
    await using world = startEngine();
    world.aws.put('a');
    const controller = new AbortController();
    const gone = world.engine.read([current('a')], { maxAge: MINUTE, signal: controller.signal });
    const stays = world.engine.read([current('a')], { maxAge: MINUTE, signal: new AbortController().signal });
    controller.abort(new DOMException('bye', 'AbortError'));
    await expect(gone).rejects.toMatchObject({ name: 'AbortError' });
    await world.clock.advance(3);
    expect([...(await stays).values()]).toMatchObject([{ ok: true }]);
    expect(world.aws.calls.length).toBe(1);
  });

  it('ends with the engine', async () => {
    const world = startEngine();
    const reading = world.engine.read([current('a')], { maxAge: MINUTE, signal: new AbortController().signal });
    const ended = expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    await world[Symbol.asyncDispose]();
    await ended;
    expect(world.clock.sleeping).toBe(0);
  });

  it('does not let a slow identity delay another, and bounds its calls', async () => {
    await using world = startEngine();
    const slow = identityNamed('slow');
    world.aws.put(...many(400));
    const held = Promise.withResolvers<void>();
    world.aws.holds.set(identityKey(slow), held.promise);
    const signal = new AbortController().signal;
    const delayed = world.engine.read(
      many(400).map((id) => current(id, slow)),
      { maxAge: MINUTE, signal },
    );
    expect(await world.readAll([current('s1'), current('s2')])).toEqual({ s1: 'ok', s2: 'ok' });
    const ofSlow = () => world.aws.calls.filter(({ identity }) => identity === identityKey(slow)).length;
    expect(ofSlow()).toBe(8);
    held.resolve();
    await settle();
    expect((await delayed).size).toBe(400);
    expect(ofSlow()).toBe(20);
  });

  it('remembers for an hour that an identity may not batch', async () => {
    await using world = startEngine();
    world.aws.put('a', 'b');
    world.aws.batchDenied = true;
    expect(await world.readAll([current('a'), current('b')])).toEqual({ a: 'ok', b: 'ok' });
    await world.readAll([current('a'), current('b')], ms(0));
    expect(world.aws.calls.map(({ batch }) => batch)).toEqual([true, false, false, false, false]);
    expect(world.engine.stats().batchDenied).toBe(1);
    await world.clock.advance(3_600_000);
    world.aws.batchDenied = false;
    await world.readAll([current('a'), current('b')]);
    expect(world.aws.calls.map(({ batch }) => batch).slice(5)).toEqual([true]);
  });

  it('answers all who wait when a batch is refused while a forced read of the same waits', async () => {
    await using world = startEngine();
    world.aws.put('a', 'b');
    world.aws.batchDenied = true;
    world.aws.latency = 1_000;
    const { signal } = new AbortController();
    const both = world.engine.read([current('a'), current('b')], { maxAge: MINUTE, signal });
    await world.clock.advance(1_001);
    const forced = world.engine.read([current('a')], { maxAge: ms(0), signal });
    await world.clock.advance(MINUTE);
    // They have settled by then, or they never will.
    const answers = await Promise.all([both, forced].map((reading) => Promise.race([reading, settle().then(() => undefined)])));
    expect(answers.map((answer) => answer && [...answer.values()].map(({ ok: isOk }) => isOk))).toEqual([[true, true], [true]]);
  });

  it('does not ask ten thousand times what fails for the whole identity', async () => {
    await using world = startEngine();
    world.aws.fail('*', 'AssumeRoleDenied', 'the role may not be assumed');
    const outcomes = await world.readAll(many(2_000).map((id) => current(id)));
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['AssumeRoleDenied']));
    expect(world.aws.calls.length).toBeLessThanOrEqual(8);
    expect(await world.readAll([current('never read before')])).toEqual({ 'never read before': 'AssumeRoleDenied' });
    expect(world.aws.calls.length).toBeLessThanOrEqual(8);
  });

  it('lets one failing secret fail alone', async () => {
    await using world = startEngine();
    world.aws.put('a', 'b');
    world.aws.fail('bad', 'KMSFailure');
    expect(await world.readAll([current('a'), current('bad'), current('b'), current('none')])).toEqual({
      a: 'ok',
      b: 'ok',
      bad: 'KMSFailure',
      none: 'RemoteSecretNotFound',
    });
  });

  it('asks the newer version before it believes an older one: the answer may be late', async () => {
    await using world = startEngine();
    world.aws.put('a');
    await world.clock.advance(1);
    world.aws.put('a');
    await world.read(current('a'));
    world.aws.scripted.push(ok(versionOf('a', 'v1', world.clock.now() - 10)));
    expect(await world.read(current('a'), ms(0))).toMatchObject({ ok: true, value: { versionId: 'v2' } });
    expect(world.engine.observe(current('a'))).toMatchObject({ kind: 'version', versionId: 'v2' });
    expect(world.aws.calls.length).toBe(3);
  });

  it('believes an older version when the label was moved back', async () => {
    await using world = startEngine();
    world.aws.put('a');
    await world.clock.advance(1);
    world.aws.put('a');
    await world.read(current('a'));
    world.aws.moveLabel('a', 'v1');
    expect(await world.read(current('a'), ms(0))).toMatchObject({ ok: true, value: { versionId: 'v1' } });
    expect(world.aws.calls.length).toBe(3);
    await world.read(current('a'), ms(0));
    expect(world.aws.calls.length).toBe(4);
  });

  it('asks once more where even the newer version is not known', async () => {
    await using world = startEngine();
    const [older, newer] = [versionOf('a', 'v8', 1_000), versionOf('a', 'v9', 2_000)];
    world.aws.scripted.push(ok(newer), ok(older), fail('RemoteSecretNotFound', 'not here'), ok(newer));
    await world.read(current('a'));
    expect(await world.read(current('a'), ms(0))).toEqual(ok(newer));
    expect(world.aws.calls.length).toBe(4);
  });

  it('asks for the newer version of a parameter by its number, and believes no older one to be the latest', async () => {
    await using world = startEngine();
    const parameter = current('/a', { ...one, service: 'ParameterStore' });
    const dated = (number: number, created: number) => versionOf('/a', `${number}@${new Date(created).toISOString()}`, created);
    const [older, newer] = [dated(8, 1_000), dated(9, 2_000)];
    world.aws.scripted.push(ok(newer), ok(older), ok({ ...newer, versionId: '9', stages: [] }));
    await world.read(parameter);
    expect(await world.read(parameter, ms(0))).toEqual(ok(newer));
    expect(world.aws.calls.map(({ ids }) => ids)).toEqual([['/a'], ['/a'], ['/a']]);
    // Deleted and created again since: the number belongs to another version, or to none.
    const again = dated(1, 1_500);
    world.aws.scripted.push(ok(again), fail('RemoteSecretNotFound', 'not here'), ok(again));
    expect(await world.read(parameter, ms(0))).toEqual(ok(again));
    expect(world.aws.calls.length).toBe(6);
  });

  it('believes the second answer about a label of a parameter', async () => {
    await using world = startEngine();
    const label = { ...current('/a', { ...one, service: 'ParameterStore' }), version: { kind: 'stage', stage: 'live' } as const };
    const [older, newer] = [versionOf('/a', '8@x', 1_000), versionOf('/a', '9@x', 2_000)];
    world.aws.scripted.push(ok(newer), ok(older), ok(older));
    await world.read(label);
    expect(await world.read(label, ms(0))).toEqual(ok(older));
    expect(world.aws.calls.length).toBe(3);
  });

  it('makes a defect the failure of what it struck, and shows no value', async () => {
    await using world = startEngine();
    world.aws.put('a');
    await world.read(current('a'));
    await using other = startEngine({
      secrets: {
        read: () => Promise.reject(new TypeError('canary-a@v1')),
        readBatch: () => Promise.reject(new TypeError('canary-a@v1')),
        findPage: () => Promise.reject(new TypeError('canary-a@v1')),
      },
    });
    const outcome = await other.read(current('a'));
    const defect = { ok: false, failure: { reason: 'InternalError', message: 'reading from AWS failed unexpectedly' } };
    expect(outcome).toMatchObject(defect);
    expect(await other.read({ ...current('a'), version: { kind: 'query' } })).toMatchObject(defect);
    expect(inspect(world.engine, { depth: 20, showHidden: true })).not.toContain('canary');
    expect(JSON.stringify([world.engine.stats(), world.engine.observe(current('a'))])).not.toContain('canary');
  });
});
