// An outage of AWS: few calls during it, no burst at its end, and no notification of a read that was never tried.
import { describe, expect, it } from '@jest/globals';
import { type Failure, fail, failure } from '../../../../../src/failure/failure.ts';
import type { Identity } from '../../../../../src/aws/credentials/identity.ts';
import { ms } from '../../../../../src/base/time/clock.ts';
import { failed } from '../../../../../src/base/result.ts';
import type { IdentityReadState } from '../../../../../src/source/engine-options.ts';
import { SourceBreakers } from '../../../../../src/source/limits/breakers/source-breakers.ts';
import { referenceKey } from '../../../../../src/source/references/reference-key.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { current, identityNamed, key, MINUTE, minutely, one, startEngine, type EngineWorld } from '../../engine-world.ts';

const many = (count: number) => Array.from({ length: count }, (_, n) => `s${n}`);
const OUTAGE = 'Secrets Manager in eu-central-1 gave no usable answer';

async function refreshing(world: EngineWorld, count: number): Promise<void> {
  world.aws.put(...many(count));
  for (const id of many(count)) world.engine.subscribe(key(id), [minutely(current(id), 'v1')]);
  await world.clock.advance(MINUTE);
  world.aws.calls.length = 0;
}

describe('an outage of ten minutes, with 5,000 secrets refreshed every minute', () => {
  it('costs few calls, and ends without a storm', async () => {
    await using world = startEngine();
    await refreshing(world, 5_000);
    world.aws.fail('*', 'AWSUnavailable', OUTAGE);
    await world.clock.advance(10 * MINUTE);
    expect(world.aws.calls.length).toBeLessThanOrEqual(40);
    // The dependants of the reads that were tried are notified; the others keep their values, and the store shows the reason.
    expect(world.called.length).toBeLessThanOrEqual(500);
    const notified = world.called.length;
    world.aws.failures.clear();
    world.aws.calls.length = 0;
    await world.clock.advance(MINUTE + 15_000);
    const perSecond = new Map<number, number>();
    for (const { at } of world.aws.calls) perSecond.set(Math.floor(at / 1_000), (perSecond.get(Math.floor(at / 1_000)) ?? 0) + 1);
    expect(Math.max(...perSecond.values())).toBeLessThanOrEqual(80);
    expect(new Set(world.aws.calls.flatMap(({ ids }) => ids)).size).toBe(5_000);
    expect(world.called.length).toBe(2 * notified);
    world.aws.calls.length = 0;
    await world.clock.advance(2 * MINUTE);
    expect(world.aws.calls.length).toBeLessThanOrEqual(2 * 255);
  }, 60_000);

  it('is told of once, and as over once, also when it stutters', async () => {
    const turns: IdentityReadState[] = [];
    const options = { onIdentityChange: () => void turns.push(world.engine.readStateOf(one)) };
    await using world = startEngine(options);
    await refreshing(world, 200);
    turns.length = 0;
    world.aws.fail('*', 'AWSUnavailable', OUTAGE);
    await world.clock.advance(5 * MINUTE);
    for (let stutter = 0; stutter < 5; stutter++) {
      world.aws.failures.clear();
      await world.clock.advance(45_000);
      world.aws.fail('*', 'AWSUnavailable', OUTAGE);
      await world.clock.advance(20_000);
    }
    expect(turns).toMatchObject([{ availability: { reason: 'AWSUnavailable' } }]);
    world.aws.failures.clear();
    await world.clock.advance(5 * MINUTE);
    expect(turns).toMatchObject([{ availability: { reason: 'AWSUnavailable' } }, { availability: 'available' }]);
  });
});

describe('what is not an outage', () => {
  it('one secret that AWS cannot answer for keeps nobody else from reading', async () => {
    await using world = startEngine();
    await refreshing(world, 100);
    world.aws.fail('s7', 'AWSUnavailable', OUTAGE);
    await world.clock.advance(10 * MINUTE);
    expect(world.engine.stats().failing).toEqual({ identities: 0, services: 0 });
    expect(world.engine.readStateOf(one).availability).toBe('available');
    expect(await world.readAll([current('s8'), current('s7')], ms(0))).toEqual({ s8: 'ok', s7: 'AWSUnavailable' });
    expect(world.called.map(([dependant]) => dependant)).toEqual([key('s7')]);
  });

  it('one that is all there is neither, not for a secret that comes later', async () => {
    await using world = startEngine();
    world.aws.fail('a', 'AWSUnavailable', OUTAGE);
    world.engine.subscribe(key('x'), [minutely(current('a'))]);
    await world.read(current('a'));
    await world.clock.advance(30 * MINUTE);
    world.aws.put('b');
    expect((await world.read(current('b'))).ok).toBe(true);
  });

  it('a few of them neither, which the store tells all the same', async () => {
    await using world = startEngine();
    const few = ['a', 'b', 'c', 'd'];
    for (const id of few) {
      world.aws.fail(id, 'AWSUnavailable', OUTAGE);
      world.engine.subscribe(key(id), [minutely(current(id))]);
      await world.read(current(id));
    }
    await world.clock.advance(10 * MINUTE);
    expect(world.engine.readStateOf(one).availability).toMatchObject({ reason: 'AWSUnavailable' });
    expect(world.aws.calls.length).toBeLessThan(80);
    world.aws.fail('new', 'AccessDenied');
    expect(await world.read(current('new'))).toMatchObject({ failure: { reason: 'AccessDenied' } });
  });

  it('a denial after one is left alone no longer than any first denial', async () => {
    await using world = startEngine();
    world.engine.subscribe(key('x'), [minutely(current('a'))]);
    world.aws.fail('a', 'AWSUnavailable', OUTAGE);
    await world.read(current('a'));
    await world.clock.advance(10 * MINUTE);
    world.aws.fail('a', 'AccessDenied');
    await world.clock.advance(MINUTE);
    const denied = world.aws.timesOf('a').slice(-2);
    expect(Math.round(((denied[1] ?? 0) - (denied[0] ?? 0)) / 1_000)).toBe(30);
  });

  it('credentials that cannot be had stop their own identity only', async () => {
    await using world = startEngine();
    world.aws.put(...many(40));
    const broken = identityNamed('broken');
    world.aws.failAs(broken, { reason: 'AWSUnavailable', message: 'STS gave no usable answer', during: 'credentials' });
    await world.readAll(many(40).map((id) => current(id, broken)));
    expect(world.engine.stats().failing).toEqual({ identities: 1, services: 0 });
    expect((await world.read(current('s1'))).ok).toBe(true);
  });
});

describe('what failed long ago', () => {
  it('makes no outage together with what fails now', async () => {
    const clock = new FakeClock();
    const breakers = new SourceBreakers({ clock, random: () => 0, onChange: () => undefined });
    const fails = (name: string, count: number): void => {
      const outcomes = new Map(many(count).map((id) => [referenceKey(current(id, identityNamed(name))), fail('AWSUnavailable', OUTAGE)]));
      breakers.recordCall(identityNamed(name), outcomes, clock.monotonic(), new Set([name]));
    };
    for (let call = 0; call < 4; call += 1) {
      await clock.advance(1_000);
      fails('one', 9);
    }
    await clock.advance(16 * MINUTE);
    fails('two', 1);
    expect(breakers.failing).toEqual({ identities: 0, services: 0 });
    for (let call = 0; call < 4; call += 1) fails('one', 9);
    expect(breakers.failing).toEqual({ identities: 0, services: 1 });
  });
});

describe('a batch that AWS cannot answer', () => {
  it('is read in halves until the one to blame stands alone, which is then read by itself', async () => {
    await using world = startEngine();
    world.aws.put(...many(20));
    world.aws.poisoned.add('s13');
    const outcomes = await world.readAll(many(20).map((id) => current(id)));
    expect(Object.entries(outcomes).filter(([, outcome]) => outcome !== 'ok')).toEqual([['s13', 'AWSUnavailable']]);
    expect(world.aws.calls.length).toBeLessThanOrEqual(11);
    world.aws.calls.length = 0;
    await world.readAll(
      many(20).map((id) => current(id)),
      ms(0),
    );
    expect(world.aws.calls.map(({ ids }) => ids.length).sort((a, b) => a - b)).toEqual([1, 19]);
  });

  it('is not read in more and more parts when nothing is answered at all', async () => {
    await using world = startEngine();
    world.aws.fail('*', 'AWSUnavailable', OUTAGE);
    const outcomes = await world.readAll(many(20).map((id) => current(id)));
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['AWSUnavailable']));
    expect(world.aws.calls.length).toBe(5);
  });
});

describe('while nothing can be read', () => {
  it('a new resource is told at once, and served as soon as something can be read, however long its interval is', async () => {
    await using world = startEngine();
    await refreshing(world, 100);
    world.aws.fail('*', 'AWSUnavailable', OUTAGE);
    await world.clock.advance(5 * MINUTE);
    world.aws.put('new');
    expect(await world.read(current('new'))).toMatchObject({ ok: false, failure: { reason: 'AWSUnavailable' } });
    world.engine.subscribe(key('new'), [{ reference: current('new'), refreshInterval: ms(24 * 60 * MINUTE) }]);
    world.called.length = 0;
    world.aws.failures.clear();
    await world.clock.advance(70_000);
    expect(world.called.map(([dependant]) => dependant)).toContain(key('new'));
    expect((await world.read(current('new'))).ok).toBe(true);
  });
});

describe('what other namespaces are told of an outage', () => {
  const SERVICE = { reason: 'AWSUnavailable', facts: { service: 'secretsmanager', region: 'eu-central-1' } };
  const of = (name: string): Identity => identityNamed(name);
  /** What calls for a secret of team-a or team-b can end with. */
  const unanswered: readonly (readonly [string, (namespace: string) => Failure])[] = [
    [
      'an incomplete answer',
      (namespace) =>
        failure('AWSUnavailable', {
          service: 'secretsmanager',
          region: 'eu-central-1',
          resource: { type: 'secret', name: `${namespace}/db` },
          object: { kind: 'Secret', namespace, name: 'db' },
          entry: `data[0] (key "${namespace}/db")`,
          problem: 'incomplete-answer',
        }),
    ],
    ['a secret that is missing in the answer', (namespace) => failure('AWSUnavailable', `AWS said nothing about secret "${namespace}/db"`)],
    ['a list without end', (namespace) => failure('AWSUnavailable', `the list of "/${namespace}/" has no end`)],
  ];

  async function breakersAfter(
    make: (namespace: string) => Failure,
    calls: readonly (readonly [Identity, string])[],
  ): Promise<SourceBreakers> {
    const clock = new FakeClock();
    const breakers = new SourceBreakers({ clock, random: () => 0, onChange: () => undefined });
    for (const [identity, namespace] of calls) {
      await clock.advance(1_000);
      const outcomes = new Map(many(9).map((id) => [referenceKey(current(`${namespace}/${id}`, identity)), failed(make(namespace))]));
      breakers.recordCall(identity, outcomes, clock.monotonic(), new Set([namespace]));
    }
    return breakers;
  }

  const fourOf = (identity: Identity, namespace: string) => Array.from({ length: 4 }, () => [identity, namespace] as const);

  it.each(unanswered)('%s: service and region, and no secret of those who found it', async (_what, make) => {
    const breakers = await breakersAfter(make, [...fourOf(of('a'), 'team-a'), ...fourOf(of('b'), 'team-b')]);
    expect(breakers.failing).toEqual({ identities: 0, services: 1 });
    expect(breakers.openBreaker(of('c'), 'team-c')?.failure).toEqual(SERVICE);
    expect(breakers.availability(of('c'))).toEqual(SERVICE);
  });

  it.each(unanswered)('%s: the same for an identity that several namespaces share', async (_what, make) => {
    const breakers = await breakersAfter(make, [...fourOf(of('shared'), 'team-a'), ...fourOf(of('shared'), 'team-b')]);
    expect(breakers.failing).toEqual({ identities: 1, services: 0 });
    expect(breakers.openBreaker(of('shared'), 'team-c')?.failure).toEqual(SERVICE);
    expect(breakers.availability(of('shared'))).toEqual(SERVICE);
  });

  it('why the service cannot be reached is told, since it is so for all', async () => {
    const network = (): Failure =>
      failure('AWSUnavailable', { service: 'secretsmanager', region: 'eu-central-1', network: 'name' }, { retryAfterMs: 7_000 });
    const breakers = await breakersAfter(network, [...fourOf(of('a'), 'team-a'), ...fourOf(of('b'), 'team-b')]);
    expect(breakers.openBreaker(of('c'), 'team-c')?.failure).toEqual({
      ...SERVICE,
      facts: { ...SERVICE.facts, network: 'name' },
      retryAfterMs: 7_000,
    });
  });

  it('a failure of an identity names the role that its users share, and nothing that one of them asked for', async () => {
    const facts = { service: 'sts', region: 'eu-central-1', operation: 'AssumeRole', resource: { type: 'role', name: 'shared' } } as const;
    const asked = { entry: 'data[0] (key "team-a/db")', object: { kind: 'Secret', namespace: 'team-a', name: 'db' } };
    const breakers = await breakersAfter(() => failure('AssumeRoleDenied', { ...facts, ...asked }), [[of('shared'), 'team-a']]);
    expect(breakers.openBreaker(of('shared'), 'team-b')?.failure).toEqual({ reason: 'AssumeRoleDenied', facts });
    const throttled = { service: 'secretsmanager', resource: { type: 'secret', name: 'team-a/db' } } as const;
    const others = await breakersAfter(() => failure('Throttled', { ...throttled }), [[of('shared'), 'team-a']]);
    expect(others.openBreaker(of('shared'), 'team-b')?.failure).toEqual({ reason: 'Throttled', facts: { service: 'secretsmanager' } });
  });
});
