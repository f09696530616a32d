// A controller writes to AWS over the real SDK, with the right of the real Lease: what is sent when the Lease is lost on the way.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { controllersOf } from '../../../src/app/controllers.ts';
import { failureOfWrite } from '../../../src/aws/client/write-failure.ts';
import type { Identity } from '../../../src/aws/credentials/identity.ts';
import type { WriteFailure } from '../../../src/aws/writer-port.ts';
import { nameOf } from '../../../src/base/key.ts';
import { SecretValue } from '../../../src/base/secret-value.ts';
import type { Controller } from '../../../src/reconcile/shared/controller.ts';
import { done, workAfter } from '../../../src/reconcile/shared/work.ts';
import { type AwsEmulator } from '../../support/aws/emulator-surface.ts';
import { type FaultHandle } from '../../support/aws/faults.ts';
import { startAwsEmulator } from '../../support/aws/emulator.ts';
import { ACCOUNT, identityOf, staticBase, useEndpoint } from '../aws/sdk-world.ts';
import { OperateWorld } from './operate-world.ts';
import { toyController, toyDialect } from './toy-controller.ts';

const TOKEN = '2'.repeat(32);

let aws: AwsEmulator;
let identity: Identity;
let ends: ('written' | WriteFailure)[];

beforeEach(async () => {
  aws = await startAwsEmulator();
  useEndpoint(aws.endpoint);
  aws.secrets().create('db', 'first');
  const roleArn = aws.addRole({ account: ACCOUNT, name: 'writer', trust: { principals: ['*'] }, policies: [] });
  identity = identityOf(staticBase(aws.addAccessKey({ account: ACCOUNT })), { roleArn });
  ends = [];
});

afterEach(async () => {
  await aws[Symbol.asyncDispose]();
});

/** Puts one version for each Toy. */
const writing: Controller = {
  ...toyController(toyDialect),
  subscribes: false,
  start: ({ writer }) => ({
    reconcile: async (key, signal) => {
      const version = { secretId: 'db', token: TOKEN, value: SecretValue.ofText('x'), format: 'text', stages: ['OURS'] } as const;
      const written = await writer.putVersion({ identity, namespace: nameOf(key).namespace }, version, signal);
      ends.push(written.ok ? 'written' : written.failure);
      return written.ok ? done : workAfter(failureOfWrite(written.failure));
    },
  }),
};

function startWorld(...flags: readonly string[]): OperateWorld {
  const world = new OperateWorld({ flags, controllers: [...controllersOf(toyDialect), writing] });
  world.api.put(toyDialect.kinds.toy, { metadata: { name: 'ball', namespace: 'team' }, spec: {} });
  return world;
}

/** Until it holds, while real requests are under way and the clock stands still. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

async function whileAssumingRole(world: OperateWorld): Promise<FaultHandle> {
  const hang = aws.inject({ operation: 'AssumeRole', fault: { kind: 'hang' } });
  await world.clock.advance(100);
  await until(() => hang.hits > 0);
  return hang;
}

describe('a write of a controller to AWS', () => {
  it('arrives while the Lease is held', async () => {
    using world = startWorld();
    const end = world.lead();
    const hang = await whileAssumingRole(world);
    hang.remove();
    await until(() => ends.length > 0);
    expect([ends, aws.calls.byOperation]).toEqual([['written'], { AssumeRole: 1, PutSecretValue: 1 }]);
    world.stop.abort();
    await world.clock.advance(1_000);
    expect(await end).toBe(true);
  });

  it('does not arrive when the Lease runs out during AssumeRole while the process is suspended', async () => {
    using world = startWorld();
    const end = world.lead();
    const hang = await whileAssumingRole(world);
    // Nothing in this process runs: no timer tells that the Lease has run out.
    world.clock.freeze(60_000);
    hang.remove();
    await until(() => ends.length > 0);
    expect(ends).toMatchObject([{ kind: 'not-leader', mayBeWritten: false }]);
    world.api.fault = ({ kind }) => (kind === builtin.lease.kind ? 'unavailable' : undefined);
    await world.clock.advance(60_000);
    expect(await end).toBe(false);
    expect(aws.calls.byOperation).toEqual({ AssumeRole: 1 });
  });

  it('does not arrive when the Lease is lost during AssumeRole', async () => {
    using world = startWorld();
    const end = world.lead();
    const hang = await whileAssumingRole(world);
    world.api.fault = ({ kind }) => (kind === builtin.lease.kind ? 'unavailable' : undefined);
    await world.clock.advance(60_000);
    hang.remove();
    expect(await end).toBe(false);
    expect(ends).toMatchObject([{ kind: 'not-leader', mayBeWritten: false }]);
    expect(aws.calls.byOperation).toEqual({ AssumeRole: 1 });
  });

  it('arrives without leader election, however long AssumeRole takes', async () => {
    using world = startWorld('--leader-elect=false');
    const end = world.lead();
    const hang = await whileAssumingRole(world);
    world.clock.freeze(60_000);
    hang.remove();
    await until(() => ends.length > 0);
    expect([ends, aws.calls.byOperation]).toEqual([['written'], { AssumeRole: 1, PutSecretValue: 1 }]);
    world.stop.abort();
    await world.clock.advance(1_000);
    expect(await end).toBe(true);
  });
});
