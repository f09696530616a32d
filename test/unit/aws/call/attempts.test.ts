// The SDK's own retries are reported: the number of requests, and of those that AWS throttled.
import { describe, expect, it } from '@jest/globals';
import type { CallAttempts } from '../../../../src/aws/port.ts';
import type { Fault } from '../../../support/aws/faults.ts';
import { CURRENT, never, reasonOf, type SdkWorld, startSdkWorld } from '../sdk-world.ts';

const THROTTLE: Fault = { kind: 'throttle' };

/** A world in which the SDK makes two tries, and what it tells of a single read. */
async function startTrying(): Promise<{
  readonly world: SdkWorld;
  readonly read: () => Promise<readonly [string | undefined, CallAttempts[]]>;
}> {
  const world = await startSdkWorld();
  process.env['AWS_MAX_ATTEMPTS'] = '2';
  world.aws.secrets().create('a', 'x');
  const read = async (): Promise<readonly [string | undefined, CallAttempts[]]> => {
    const heard: CallAttempts[] = [];
    const note = ({ attempts, throttled }: CallAttempts): void => void heard.push({ attempts, throttled });
    return [reasonOf(await world.secrets.read(world.identity, 'a', CURRENT, never(), note)), heard];
  };
  return { world, read };
}

describe('the tries of a call', () => {
  it('are told of where the last one succeeds, and count for this call only', async () => {
    const { world, read } = await startTrying();
    await using _world = world;
    world.aws.inject({ operation: 'GetSecretValue', times: 1, fault: THROTTLE });
    expect(await read()).toEqual(['ok', [{ attempts: 2, throttled: 1 }]]);
    expect(await read()).toEqual(['ok', [{ attempts: 1, throttled: 0 }]]);
    expect(world.calls.map(({ attempts, throttled }) => [attempts, throttled])).toEqual([
      [2, 1],
      [1, 0],
    ]);
  });

  it('are told of where all are throttled', async () => {
    const { world, read } = await startTrying();
    await using _world = world;
    world.aws.inject({ operation: 'GetSecretValue', fault: THROTTLE });
    expect(await read()).toEqual(['Throttled', [{ attempts: 2, throttled: 2 }]]);
  });

  it('tell an outage from throttling', async () => {
    const { world, read } = await startTrying();
    await using _world = world;
    world.aws.inject({ operation: 'GetSecretValue', times: 1, fault: { kind: 'internal-error' } });
    expect(await read()).toEqual(['ok', [{ attempts: 2, throttled: 0 }]]);
    world.aws.inject({ operation: 'GetSecretValue', times: 1, fault: THROTTLE });
    world.aws.inject({ operation: 'GetSecretValue', fault: { kind: 'internal-error' } });
    expect(await read()).toEqual(['AWSUnavailable', [{ attempts: 2, throttled: 1 }]]);
  });

  it('do not tell of a quota as throttling, though the SDK repeats both', async () => {
    const { world, read } = await startTrying();
    await using _world = world;
    world.aws.inject({ operation: 'GetSecretValue', fault: { kind: 'error', code: 'LimitExceededException' } });
    expect(await read()).toEqual(['AWSQuotaExceeded', [{ attempts: 2, throttled: 0 }]]);
  });

  it('are told of for batches, lists, and the single reads that a batch leads to', async () => {
    const { world } = await startTrying();
    await using _world = world;
    const heard: CallAttempts[] = [];
    const note = ({ attempts, throttled }: CallAttempts): void => void heard.push({ attempts, throttled });
    world.aws.inject({ operation: 'BatchGetSecretValue', times: 1, fault: THROTTLE });
    const references = ['a', 'b'].map((secretId) => ({ secretId, version: CURRENT }));
    await world.secrets.readBatch(world.identity, references, never(), note);
    world.aws.inject({ operation: 'ListSecrets', times: 1, fault: THROTTLE });
    await world.secrets.listPage(world.identity, [], undefined, never(), note);
    const parameters = { ...world.identity, service: 'ParameterStore' } as const;
    world.aws.inject({ operation: 'GetParameters', times: 1, fault: THROTTLE });
    await world.secrets.readBatch(parameters, references, never(), note);
    world.aws.inject({ operation: 'GetParameter', times: 1, fault: THROTTLE });
    await world.secrets.read(parameters, 'a', CURRENT, never(), note);
    expect(heard).toEqual(Array.from({ length: 4 }, () => ({ attempts: 2, throttled: 1 })));
  });
});
