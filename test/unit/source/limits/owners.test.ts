// The namespaces that a breaker stops: failures of one namespace stop no other, and failures of several stop all.
import { describe, expect, it } from '@jest/globals';
import { fail, type Outcome } from '../../../../src/failure/failure.ts';
import type { Identity } from '../../../../src/aws/credentials/identity.ts';
import { ok } from '../../../../src/base/result.ts';
import { SourceBreakers } from '../../../../src/source/limits/breakers/source-breakers.ts';
import { referenceKey } from '../../../../src/source/references/reference-key.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { current, identityNamed } from '../engine-world.ts';

const OUTAGE = 'Secrets Manager in eu-central-1 gave no usable answer';
const MINUTE = 60_000;

function of(namespace: string, name: string): Identity {
  return { ...identityNamed(`${namespace}-${name}`), storeNamespace: namespace };
}

/** An identity of a cluster-scoped store. */
const common = identityNamed('common');

interface World {
  readonly clock: FakeClock;
  readonly breakers: SourceBreakers;
  /** So many calls for this namespace, a second apart, each for ten secrets. */
  readonly calls: (identity: Identity, namespace: string, count: number, outcome?: Outcome<unknown>) => Promise<void>;
}

function world(): World {
  const clock = new FakeClock();
  const breakers = new SourceBreakers({ clock, random: () => 0, onChange: () => undefined });
  return {
    clock,
    breakers,
    async calls(identity, namespace, count, outcome = fail('AWSUnavailable', OUTAGE)) {
      for (let call = 0; call < count; call += 1) {
        await clock.advance(1_000);
        const keys = Array.from({ length: 10 }, (_, n) => referenceKey(current(`${namespace}-${call}-${n}`, identity)));
        breakers.recordCall(identity, new Map(keys.map((key) => [key, outcome])), clock.monotonic(), new Set([namespace]));
      }
    },
  };
}

describe('identities of one namespace that get no answers', () => {
  it('stop no identity of another namespace that reads from the same service, and are told as nobody else', async () => {
    const { breakers, calls } = world();
    const honest = of('honest', 'a');
    for (let round = 0; round < 5; round += 1) for (const name of ['x', 'y', 'z']) await calls(of('hostile', name), 'hostile', 2);
    expect(breakers.openBreaker(of('hostile', 'x'))).toBeDefined();
    expect(breakers.openBreaker(honest)).toBeUndefined();
    expect(breakers.openBreaker(common, 'honest')).toBeUndefined();
    expect(breakers.probed(honest)).toBeUndefined();
    expect(breakers.availability(of('hostile', 'x'))).toMatchObject({ reason: 'AWSUnavailable' });
    expect(breakers.availability(honest)).toBe('unknown');
    await calls(honest, 'honest', 1, ok('value'));
    expect(breakers.availability(honest)).toBe('available');
  });

  it('share one probe, as an outage costs', async () => {
    const { breakers, calls } = world();
    for (const name of ['x', 'y', 'z', 'v', 'w']) await calls(of('only', name), 'only', 1);
    expect(breakers.failing).toEqual({ identities: 0, services: 1 });
    const probed = ['x', 'y', 'z', 'new'].map((name) => breakers.probed(of('only', name)));
    expect(new Set(probed).size).toBe(1);
    expect(probed[0]).toBeDefined();
    await calls(of('only', 'y'), 'only', 1, ok('value'));
    expect(breakers.failing).toEqual({ identities: 0, services: 0 });
  });
});

describe('identities of several namespaces that get no answers', () => {
  it('stop all that read from the service, until one is answered', async () => {
    const { breakers, calls } = world();
    for (let round = 0; round < 3; round += 1) for (const namespace of ['one', 'two']) await calls(of(namespace, 'a'), namespace, 1);
    expect(breakers.openBreaker(of('three', 'a'))).toBeDefined();
    expect(breakers.openBreaker(common, 'three')).toBeDefined();
    expect(breakers.probed(of('one', 'a'))).toBe(breakers.probed(of('three', 'a')));
    expect(breakers.availability(of('three', 'a'))).toMatchObject({ reason: 'AWSUnavailable' });
    await calls(of('three', 'a'), 'three', 1, ok('value'));
    expect(breakers.openBreaker(of('three', 'a'))).toBeUndefined();
  });

  it('stop nobody while others are answered in between', async () => {
    const { breakers, calls } = world();
    for (let round = 0; round < 20; round += 1) {
      for (const namespace of ['one', 'two']) await calls(of(namespace, 'a'), namespace, 1);
      if (round % 2 === 0) await calls(of('three', 'a'), 'three', 1, ok('value'));
    }
    expect(breakers.failing.services).toBe(0);
    expect(breakers.openBreaker(of('three', 'a'))).toBeUndefined();
  });
});

describe('an identity that several namespaces share', () => {
  it('is stopped for the one whose calls get no answer, not for the others', async () => {
    const { breakers, calls } = world();
    await calls(common, 'honest', 1, ok('value'));
    await calls(common, 'hostile', 20);
    expect(breakers.openBreaker(common, 'honest')).toBeUndefined();
    expect(breakers.openBreaker(common)).toBeUndefined();
    expect(breakers.probed(common)).toBeUndefined();
  });

  it('is not stopped for a namespace that comes new', async () => {
    const { breakers, calls } = world();
    await calls(common, 'hostile', 20);
    expect(breakers.openBreaker(common, 'hostile')).toBeDefined();
    expect(breakers.openBreaker(common, 'honest')).toBeUndefined();
  });

  it('is stopped for all once two of them get no answers', async () => {
    const { breakers, calls } = world();
    for (let round = 0; round < 5; round += 1) for (const namespace of ['one', 'two']) await calls(common, namespace, 1);
    expect(breakers.openBreaker(common, 'three')).toBeDefined();
    expect(breakers.probed(common)).toBeDefined();
  });

  it('is stopped for all where AWS refuses the identity itself', async () => {
    const { breakers, calls } = world();
    await calls(common, 'one', 1, fail('CredentialsInvalid', 'the key is not known'));
    expect(breakers.openBreaker(common, 'two')).toBeDefined();
  });
});

describe('what is kept of identities', () => {
  it('has an end for one namespace, which pushes out nothing of another', async () => {
    const { clock, breakers, calls } = world();
    await calls(of('honest', 'a'), 'honest', 1, fail('CredentialsInvalid', 'the key is not known'));
    for (let n = 0; n < 6_000; n += 1) {
      const identity = of('hostile', `${n}`);
      const outcomes = new Map([[referenceKey(current('s', identity)), fail('CredentialsInvalid', 'the key is not known')]]);
      breakers.recordCall(identity, outcomes, clock.monotonic(), new Set(['hostile']));
    }
    expect(breakers.failing.identities).toBeLessThanOrEqual(4_096);
    expect(breakers.openBreaker(of('honest', 'a'))).toBeDefined();
    await clock.advance(MINUTE);
  });
});
