// One secret under several names, and several secrets under one name, read through the real SDK.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock, ms } from '../../../src/base/time/clock.ts';
import { createSecretSource } from '../../../src/source/engine.ts';
import type { SourceEngine } from '../../../src/source/engine-options.ts';
import type { DependantKey, RemoteReference } from '../../../src/source/port.ts';
import { referenceKey } from '../../../src/source/references/reference-key.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { CURRENT, startSdkWorld, textOf, type SdkWorld } from '../aws/sdk-world.ts';
import { dependantNamed } from './engine-world.ts';

let world: SdkWorld;
let engine: SourceEngine;
let called: DependantKey[];
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  world = await startSdkWorld();
  called = [];
  engine = createSecretSource({
    secrets: world.secrets,
    clock: systemClock,
    minInterval: ms(1_000),
    onChange: (name) => void called.push(name),
  });
  stop = new AbortController();
  running = engine.run(stop.signal);
});

afterEach(async () => {
  stop.abort(new DOMException('the test is over', 'AbortError'));
  await running;
  await world[Symbol.asyncDispose]();
});

const reference = (secretId: string): RemoteReference => ({ identity: world.identity, secretId, version: CURRENT });

/** Reads each and subscribes to it as `ns/<index>`; the texts, or the reasons. */
async function follow(...ids: readonly string[]): Promise<readonly (string | undefined)[]> {
  const references = ids.map(reference);
  const answers = await engine.read(references, { maxAge: ms(0), signal: stop.signal });
  return references.map((one, index) => {
    const outcome = answers.get(referenceKey(one));
    const held = outcome?.ok === true ? { heldVersionId: outcome.value.versionId } : {};
    engine.subscribe(dependantNamed(`ns/${index}`), [{ reference: one, refreshInterval: ms(1_000), ...held }]);
    return outcome?.ok === true ? textOf(outcome) : outcome?.failure.reason;
  });
}

describe('a key by name in one resource, by ARN in another and by partial ARN in a third', () => {
  it('is read in one call, and a change is told to all of them', async () => {
    const secrets = world.aws.secrets();
    const { arn } = secrets.create('db', 'one');
    expect(await follow('db', arn, arn.slice(0, -7))).toEqual(['one', 'one', 'one']);
    expect(world.aws.calls.byOperation).toEqual({ BatchGetSecretValue: 1 });
    secrets.put('db', 'two');
    await waitUntil('all are called', () => new Set(called).size === 3);
    expect(await follow('db', arn, arn.slice(0, -7))).toEqual(['two', 'two', 'two']);
  });
});

describe('a secret that is deleted and recreated', () => {
  it('is another secret of the same name: found by its name, and gone by the ARN of the old one', async () => {
    const secrets = world.aws.secrets();
    const { arn } = secrets.create('db', 'one');
    expect(await follow('db', arn)).toEqual(['one', 'one']);
    secrets.delete('db', { force: true });
    await waitUntil('both are told', () => new Set(called).size === 2);
    const again = secrets.create('db', 'two');
    expect(again.arn).not.toBe(arn);
    called.length = 0;
    expect(await follow('db', arn)).toEqual(['two', 'RemoteSecretNotFound']);
  });
});
