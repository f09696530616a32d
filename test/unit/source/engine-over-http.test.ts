// The engine with the real SDK and the emulator: the calls of a cold start and of a rotation.
import { describe, expect, it } from '@jest/globals';
import { createSecretSource } from '../../../src/source/engine.ts';
import { ms, systemClock } from '../../../src/base/time/clock.ts';
import type { DependantKey, RemoteReference } from '../../../src/source/port.ts';
import { referenceKey } from '../../../src/source/references/reference-key.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { ACCOUNT, CURRENT, identityOf, type SdkWorld, startSdkWorld, textOf } from '../aws/sdk-world.ts';
import { dependantNamed, key } from './engine-world.ts';

/** An engine that refreshes often and runs until it is disposed of; notifications are recorded. */
function startEngine(world: SdkWorld) {
  const called: DependantKey[] = [];
  const minInterval = ms(200);
  const onChange = (key: DependantKey): void => void called.push(key);
  const engine = createSecretSource({ secrets: world.secrets, clock: systemClock, minInterval, onChange });
  const stop = new AbortController();
  const running = engine.run(stop.signal);
  return {
    engine,
    called,
    signal: stop.signal,
    async [Symbol.asyncDispose]() {
      stop.abort(new DOMException('the test is over', 'AbortError'));
      await running;
    },
  };
}

describe('the engine over HTTP', () => {
  it('reads 100 secrets in five calls with one session, and finds the one that changed', async () => {
    await using world = await startSdkWorld({ verifySignatures: true });
    const roleArn = world.aws.addRole({ account: ACCOUNT, name: 'reader', trust: { principals: ['*'] } });
    const secrets = world.aws.secrets();
    const references = Array.from({ length: 100 }, (_, n): RemoteReference => {
      secrets.create(`s${n}`, `canary-${n}`);
      return { identity: identityOf(world.identity.base, { roleArn }), secretId: `s${n}`, version: CURRENT };
    });
    const changed = Promise.withResolvers<DependantKey>();
    const engine = createSecretSource({
      secrets: world.secrets,
      clock: systemClock,
      onChange: (key) => changed.resolve(key),
    });
    const stop = new AbortController();
    const running = engine.run(stop.signal);
    try {
      const outcomes = await engine.read(references, { maxAge: ms(60_000), signal: stop.signal });
      expect([...outcomes.values()].filter(({ ok }) => ok).length).toBe(100);
      expect(world.aws.calls.byOperation).toEqual({ AssumeRole: 1, BatchGetSecretValue: 5 });
      references.forEach((reference, index) => {
        const outcome = [...outcomes.values()][index];
        const held = outcome?.ok === true ? outcome.value.versionId : '';
        engine.subscribe(dependantNamed(`ns/d${index}`), [{ reference, refreshInterval: ms(1_000), heldVersionId: held }]);
      });
      secrets.put('s42', 'canary-new');
      expect(await changed.promise).toBe(dependantNamed('ns/d42'));
      expect(world.aws.calls.count('AssumeRole')).toBe(1);
    } finally {
      stop.abort(new DOMException('the test is over', 'AbortError'));
      await running;
    }
  });

  it.each(['SecretsManager', 'ParameterStore'] as const)(
    'finds other tags in %s beside an unchanged value, and no news in the same',
    async (service) => {
      await using world = await startSdkWorld({ verifySignatures: true });
      const { secrets, parameters } = { secrets: world.aws.secrets(), parameters: world.aws.parameters() };
      secrets.create('db', 'canary', { tags: { team: 'shop' } });
      parameters.put('db', 'canary');
      parameters.tag('db', { team: 'shop' });
      const tagged = service === 'SecretsManager' ? secrets : parameters;
      const operation = service === 'SecretsManager' ? 'DescribeSecret' : 'ListTagsForResource';
      const identity = { ...world.identity, service };
      const [value, tags] = [CURRENT, { kind: 'tags' } as const].map((version): RemoteReference => ({ identity, secretId: 'db', version }));
      await using running = startEngine(world);
      const { engine, called, signal } = running;
      const outcomes = await engine.read([value!, tags!], { maxAge: ms(60_000), signal });
      expect([...outcomes.values()].map(textOf)).toEqual(['canary', '{"team":"shop"}']);
      for (const [name, reference] of [
        ['value', value!],
        ['tags', tags!],
      ] as const) {
        const outcome = outcomes.get(referenceKey(reference));
        const heldVersionId = outcome?.ok === true ? outcome.value.versionId : '';
        engine.subscribe(dependantNamed(`ns/${name}`), [{ reference, refreshInterval: ms(200), heldVersionId }]);
      }
      await waitUntil('they are refreshed', () => world.aws.calls.count(operation) >= 3);
      expect(called).toEqual([]);
      tagged.tag('db', { team: 'billing' });
      await waitUntil('the change is told', () => called.length > 0);
      const refreshed = world.aws.calls.count(operation);
      await waitUntil('they are refreshed again', () => world.aws.calls.count(operation) > refreshed);
      expect(called).toEqual([key('tags')]);
    },
  );

  it.each(['SecretsManager', 'ParameterStore'] as const)(
    'finds what comes below a path in %s, and no news in other values',
    async (service) => {
      await using world = await startSdkWorld({ verifySignatures: true });
      const { secrets, parameters } = { secrets: world.aws.secrets(), parameters: world.aws.parameters() };
      const put = (name: string): void => {
        if (service === 'ParameterStore') parameters.put(name, 'canary', { type: 'SecureString' });
        else secrets.create(name, 'canary');
      };
      const names = Array.from({ length: 120 }, (_, index) => `/app/deep/s${String(index).padStart(3, '0')}`);
      for (const name of [...names, '/other/app/x', '/apple']) put(name);
      const [operation, pages] = service === 'SecretsManager' ? (['ListSecrets', 2] as const) : (['GetParametersByPath', 12] as const);
      const reference: RemoteReference = { identity: { ...world.identity, service }, secretId: '/app/', version: { kind: 'query' } };
      await using running = startEngine(world);
      const { engine, called, signal } = running;
      const [found] = (await engine.read([reference], { maxAge: ms(60_000), signal })).values();
      const listed = JSON.parse(textOf(found) ?? '') as readonly { readonly name: string; readonly arn: string }[];
      expect(listed.map(({ name }) => name)).toEqual(names);
      expect(listed.every(({ arn }) => arn.startsWith('arn:aws:'))).toBe(true);
      expect(world.aws.calls.byOperation).toEqual({ [operation]: pages });
      const heldVersionId = found?.ok === true ? found.value.versionId : '';
      engine.subscribe(dependantNamed('ns/set'), [{ reference, refreshInterval: ms(200), heldVersionId }]);
      if (service === 'ParameterStore') parameters.put(names[0]!, 'canary-new');
      else secrets.put(names[0]!, 'canary-new');
      await waitUntil('it is refreshed', () => world.aws.calls.count(operation) >= 3 * pages);
      expect(called).toEqual([]);
      put('/app/one-more');
      await waitUntil('the change is told', () => called.length > 0);
      expect(called).toEqual([key('set')]);
    },
  );
});
