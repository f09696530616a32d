// An engine over the in-memory port with a fake clock, for the tests of src/source.
import type { Outcome } from '../../../src/failure/failure.ts';
import type { Identity } from '../../../src/aws/credentials/identity.ts';
import type { SecretVersion } from '../../../src/aws/port.ts';
import type { Key } from '../../../src/base/key.ts';
import { type Ms, ms } from '../../../src/base/time/clock.ts';
import { createSecretSource } from '../../../src/source/engine.ts';
import type { SecretSourceOptions, SourceEngine } from '../../../src/source/engine-options.ts';
import type { DependantKey, Interest, RemoteReference } from '../../../src/source/port.ts';
import { dependantKey } from '../../../src/source/references/dependant.ts';
import { referenceKey } from '../../../src/source/references/reference-key.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { MemorySecretsManager } from './memory-secrets-manager.ts';

export const MINUTE = ms(60_000);

export function identityNamed(name = 'one'): Identity {
  const role = { roleArn: `arn:aws:iam::111122223333:role/${name}`, sessionTags: [], transitiveTagKeys: [] };
  return { service: 'SecretsManager', region: 'eu-central-1', base: { kind: 'operator' }, roles: [role] };
}

export const one = identityNamed();

export function current(secretId: string, identity = one): RemoteReference {
  return { identity, secretId, version: { kind: 'stage', stage: 'AWSCURRENT' } };
}

export function pinned(secretId: string, id: string): RemoteReference {
  return { identity: one, secretId, version: { kind: 'id', id } };
}

/** Subscribes to a reference every minute. */
export function minutely(reference: RemoteReference, heldVersionId?: string): Interest {
  return { reference, refreshInterval: MINUTE, ...(heldVersionId !== undefined && { heldVersionId }) };
}

/** `key`: "namespace/name". */
export function dependantNamed(key: string): DependantKey {
  return dependantKey('tests', key as Key);
}

export function key(name: string): DependantKey {
  return dependantNamed(`ns/${name}`);
}

export interface EngineWorld extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly aws: MemorySecretsManager;
  readonly engine: SourceEngine;
  /** Dependants that were notified, with their priority, in order. */
  readonly called: (readonly [DependantKey, number])[];
  /** Reads one reference, letting the clock go on until there is an answer. */
  read(reference: RemoteReference, maxAge?: Ms): Promise<Outcome<SecretVersion>>;
  /** Reads several in one go; `ok`, or the reason, by secret id. */
  readAll(references: readonly RemoteReference[], maxAge?: Ms): Promise<Readonly<Record<string, string>>>;
}

export function startEngine(options: Partial<SecretSourceOptions> = {}, clock = new FakeClock()): EngineWorld {
  const aws = new MemorySecretsManager(clock);
  const called: (readonly [DependantKey, number])[] = [];
  const engine = createSecretSource({
    secrets: aws,
    clock,
    onChange: (dependant, priority) => void called.push([dependant, priority]),
    random: () => 0,
    ...options,
  });
  const stop = new AbortController();
  const running = engine.run(stop.signal);
  const ask = async (references: readonly RemoteReference[], maxAge: Ms) => {
    const reading = engine.read(references, { maxAge, signal: new AbortController().signal });
    await clock.advance(3);
    return reading;
  };
  return {
    clock,
    aws,
    engine,
    called,
    async read(reference, maxAge = MINUTE) {
      const outcome = (await ask([reference], maxAge)).get(referenceKey(reference));
      if (outcome === undefined) throw new Error('no result for a reference');
      return outcome;
    },
    async readAll(references, maxAge = MINUTE) {
      const outcomes = await ask(references, maxAge);
      return Object.fromEntries(
        references.map((reference) => {
          const outcome = outcomes.get(referenceKey(reference));
          return [reference.secretId, outcome === undefined ? 'none' : outcome.ok ? 'ok' : outcome.failure.reason];
        }),
      );
    },
    async [Symbol.asyncDispose]() {
      stop.abort(new DOMException('the test is over', 'AbortError'));
      await running;
    },
  };
}
