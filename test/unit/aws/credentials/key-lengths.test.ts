// V8 hashes a string of more than 16,383 characters by its length only, so a Map with such keys compares each key with all others. The text
// of a key is longer than that for an identity with all session tags that the schema allows. The test checks lengths of keys, not times.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Clients } from '../../../../src/aws/client/clients.ts';
import { credentialKey, type Identity, identityKey, lastingIdentityKey, type RoleStep } from '../../../../src/aws/credentials/identity.ts';
import { FailingParameters } from '../../../../src/aws/parameter-store/failing-parameters.ts';
import { createAwsServices } from '../../../../src/aws/aws-services.ts';
import { sessionName } from '../../../../src/aws/credentials/session-name.ts';
import { createTransport } from '../../../../src/aws/call/transport.ts';
import { ms, systemClock } from '../../../../src/base/time/clock.ts';
import { sharedIdentity } from '../../../../src/resolve/credentials/shared-identity.ts';
import { createSecretSource } from '../../../../src/source/engine.ts';
import { CURRENT, never, noTokens } from '../sdk-world.ts';
import { dependantNamed } from '../../source/engine-world.ts';

const MAX_KEY = 4_096;
const LONGEST_ID = '/'.padEnd(2_048, 'x');
const step = (roleArn: string, more: Partial<RoleStep> = {}): RoleStep => ({ roleArn, sessionTags: [], transitiveTagKeys: [], ...more });
const tags = Array.from({ length: 50 }, (_, index) => ({ key: `k${index}`.padEnd(128, 'k'), value: 'v'.repeat(256) }));

/** About 20 kB, and all of the same length. */
function largeIdentity(serial: number, service: Identity['service'] = 'ParameterStore'): Identity {
  const last = { key: 'serial', value: String(serial).padStart(256, '0') };
  return {
    service,
    region: 'eu-central-1',
    storeNamespace: 'a',
    base: {
      kind: 'web-identity',
      namespace: 'a',
      serviceAccount: 'b',
      uid: 'u',
      roleArn: 'arn:aws:iam::111122223333:role/r',
      audiences: [`sts.amazonaws.com${'/'.repeat(20_000)}`],
    },
    roles: [step('arn:aws:iam::111122223333:role/x', { sessionTags: [...tags.slice(1), last] })],
  };
}

/** Lengths of the texts that become keys of any Map or members of any Set while `run` runs. */
async function keysOf(run: () => Promise<void> | void): Promise<readonly number[]> {
  const lengths: number[] = [];
  const counted = (owner: object, method: 'set' | 'add'): void => {
    const original = Reflect.get(owner, method) as (...args: readonly unknown[]) => unknown;
    jest.spyOn(owner as Map<unknown, unknown> & Set<unknown>, method).mockImplementation(function (
      this: unknown,
      ...args: readonly unknown[]
    ) {
      if (typeof args[0] === 'string') lengths.push(args[0].length);
      return Reflect.apply(original, this, args) as never;
    });
  };
  counted(Map.prototype, 'set');
  counted(Set.prototype, 'add');
  try {
    await run();
  } finally {
    jest.restoreAllMocks();
  }
  return lengths;
}

afterEach(() => void jest.restoreAllMocks());

it('the keys of an identity are short, and differ where the last session tag does', () => {
  for (const keyOf of [identityKey, lastingIdentityKey, credentialKey]) {
    const keys = new Set(Array.from({ length: 100 }, (_, serial) => keyOf(largeIdentity(serial))));
    expect([keys.size, Math.max(...Array.from(keys, (key) => key.length)) <= 64]).toEqual([100, true]);
  }
});

it('the keys of one object are made once', () => {
  const identity = largeIdentity(1);
  const stringify = jest.spyOn(JSON, 'stringify');
  for (let round = 0; round < 10; round += 1) {
    identityKey(identity);
    lastingIdentityKey(identity);
    credentialKey(identity);
    sessionName(identity);
  }
  expect(stringify).toHaveBeenCalledTimes(2);
});

describe('no key of a Map or Set is long', () => {
  it('for 2,000 identities that are shared', async () => {
    const kept: Identity[] = [];
    const lengths = await keysOf(() => {
      for (let serial = 0; serial < 2_000; serial += 1) kept.push(sharedIdentity(largeIdentity(serial)));
    });
    expect([new Set(kept).size, lengths.length >= 2_000, Math.max(...lengths) < MAX_KEY]).toEqual([2_000, true, true]);
    expect(sharedIdentity(largeIdentity(7))).toBe(kept[7]);
  });

  it('for credentials, tokens and clients', async () => {
    const transport = createTransport();
    const secrets = createAwsServices({ clock: systemClock, tokens: noTokens, observe: () => undefined });
    const clients = new Clients(transport, () => ({ middlewareStack: { add: () => undefined }, destroy: () => undefined }) as never);
    const lengths = await keysOf(async () => {
      for (let serial = 0; serial < 15; serial += 1) {
        await secrets.read(largeIdentity(serial), LONGEST_ID, CURRENT, never());
        clients.for(largeIdentity(serial), { accessKeyId: 'a', secretAccessKey: 'b' });
      }
    });
    secrets.close();
    transport.destroy();
    expect([lengths.length > 30, Math.max(...lengths) < MAX_KEY]).toEqual([true, true]);
  });

  it('for parameters that are read alone', async () => {
    const lone = new FailingParameters();
    const identity = largeIdentity(1);
    const lengths = await keysOf(() => lone.add(identity, LONGEST_ID));
    expect([lone.has(identity, LONGEST_ID), lengths.length > 0, Math.max(...lengths) < MAX_KEY]).toEqual([true, true, true]);
  });

  it('for what the engine follows', async () => {
    const secrets = createAwsServices({ clock: systemClock, tokens: noTokens, observe: () => undefined });
    const engine = createSecretSource({ secrets, clock: systemClock, onChange: () => undefined, resourcesIn: () => 1 });
    const stop = new AbortController();
    const running = engine.run(stop.signal);
    const lengths = await keysOf(async () => {
      const reference = { identity: largeIdentity(1, 'SecretsManager'), secretId: LONGEST_ID, version: CURRENT };
      engine.subscribe(dependantNamed('a/b'), [{ reference, refreshInterval: ms(60_000) }]);
      await engine.read([reference], { maxAge: ms(0), signal: stop.signal });
    });
    stop.abort();
    await running;
    secrets.close();
    expect([lengths.length > 3, Math.max(...lengths) < MAX_KEY]).toEqual([true, true]);
  });
});

it('the share of one namespace of the parameters that are read alone leaves those of others alone', () => {
  const lone = new FailingParameters();
  const [one, other] = [largeIdentity(1), { ...largeIdentity(2), storeNamespace: 'other' }];
  lone.add(other, '/first');
  for (let index = 0; index < 12_000; index += 1) lone.add(one, `/x/${index}`);
  expect([lone.has(other, '/first'), lone.has(one, '/x/11999'), lone.has(one, '/x/0')]).toEqual([true, true, false]);
});
