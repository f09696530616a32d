// AWSPREVIOUS takes a call for each secret. It is read when AWSCURRENT has moved, if AWSCURRENT is refreshed anyway.
import { describe, expect, it } from '@jest/globals';
import { fail } from '../../../../../src/failure/failure.ts';
import { ms } from '../../../../../src/base/time/clock.ts';
import { ok } from '../../../../../src/base/result.ts';
import type { SecretSourceOptions } from '../../../../../src/source/engine-options.ts';
import type { RemoteReference } from '../../../../../src/source/port.ts';
import { referenceKey } from '../../../../../src/source/references/reference-key.ts';
import { current, type EngineWorld, identityNamed, key, MINUTE, minutely, startEngine } from '../../engine-world.ts';
import { versionOf } from '../../memory-secrets-manager.ts';

const previous = (secretId: string, identity = current('').identity): RemoteReference => ({
  ...current(secretId, identity),
  version: { kind: 'stage', stage: 'AWSPREVIOUS' },
});

interface PreviousWorld extends EngineWorld {
  /** Times at which AWSPREVIOUS was read. */
  readonly previousReads: number[];
  /** While set, AWSCURRENT cannot be read. */
  currentFails: boolean;
}

/** One dependant of each of these references of the secret `a`, every minute, that holds the first version. */
function started(...references: readonly RemoteReference[]): Promise<PreviousWorld> {
  return startedWith({}, ...references);
}

async function startedWith(options: Partial<SecretSourceOptions>, ...references: readonly RemoteReference[]): Promise<PreviousWorld> {
  const world = Object.assign(startEngine(options), { previousReads: [] as number[], currentFails: false });
  const read = world.aws.read.bind(world.aws);
  world.aws.read = (identity, secretId, version, signal) => {
    const isCurrent = version.kind === 'stage' && version.stage === 'AWSCURRENT';
    if (!isCurrent) world.previousReads.push(world.clock.monotonic());
    return isCurrent && world.currentFails ? Promise.resolve(fail('AccessDenied', 'no')) : read(identity, secretId, version, signal);
  };
  world.aws.put('a');
  for (const [index, reference] of references.entries()) world.engine.subscribe(key(String(index)), [minutely(reference, 'v1')]);
  await world.clock.advance(5 * MINUTE);
  world.previousReads.length = 0;
  return world;
}

interface RoundsWorld extends EngineWorld {
  /** The versions that each reconcile found: AWSCURRENT and AWSPREVIOUS. */
  readonly found: (readonly (string | undefined)[])[];
  /** The present versions of the stages. */
  rotate(currentId: string, previousId: string): void;
}

/** One dependant of both stages, about hourly, which reads both at each notification. */
async function usingBoth(interval: number, previousAs = previous('a')): Promise<RoundsWorld> {
  const both = [current('a'), previousAs];
  const onStage = new Map([
    ['AWSCURRENT', 'v2'],
    ['AWSPREVIOUS', 'v1'],
  ]);
  const found: (readonly (string | undefined)[])[] = [];
  const reconcileOnce = async (): Promise<void> => {
    const answers = await world.engine.read(both, { maxAge: ms(interval), signal: new AbortController().signal });
    const versions = both.map((reference) => {
      const answer = answers.get(referenceKey(reference));
      return answer?.ok === true ? answer.value.versionId : undefined;
    });
    found.push(versions);
    const interests = both.map((reference, at) => ({ reference, refreshInterval: ms(interval), heldVersionId: versions[at] ?? 'none' }));
    world.engine.subscribe(key('both'), interests);
  };
  const world = startEngine({ onChange: () => void Promise.resolve().then(reconcileOnce) });
  world.aws.read = async (_identity, _id, version, signal) => {
    const stage = version.kind === 'stage' ? version.stage : '';
    const shown = onStage.get(stage) ?? version.kind;
    await world.clock.sleep(ms(15), signal);
    return ok(versionOf('a', shown, world.clock.now(), [stage]));
  };
  world.aws.readBatch = async (identity, references, signal) => ({
    kind: 'answered',
    results: await Promise.all(references.map(({ secretId, version }) => world.aws.read(identity, secretId, version, signal))),
  });
  void reconcileOnce();
  await world.clock.advance(1_000);
  const rotate = (currentId: string, previousId: string): void => {
    onStage.set('AWSCURRENT', currentId).set('AWSPREVIOUS', previousId);
  };
  return Object.assign(world, { found, rotate });
}

describe('a round with both stages', () => {
  it.each([
    ['by the same name', previous('a')],
    ['by name and by ARN', previous('arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf')],
  ])('takes them from one generation, also while AWSPREVIOUS is in memory, %s', async (_how, previousAs) => {
    await using world = await usingBoth(60 * MINUTE, previousAs);
    world.rotate('v3', 'v2');
    void world.engine.references.refresh(current('a'));
    await world.clock.advance(MINUTE);
    expect(world.found[0]).toEqual(['v2', 'v1']);
    expect(world.found.length).toBeGreaterThan(1);
    expect(new Set(world.found.slice(1).map(String))).toEqual(new Set(['v3,v2']));
  });
});

describe('AWSPREVIOUS', () => {
  it('is read seldom while AWSCURRENT stays', async () => {
    await using world = await started(current('a'), previous('a'));
    await world.clock.advance(60 * MINUTE);
    expect(world.previousReads.length).toBeGreaterThanOrEqual(10);
    expect(world.previousReads.length).toBeLessThanOrEqual(14);
    expect(world.called).toEqual([]);
  });

  it('is read as seldom where nobody may be asked as often as they wish', async () => {
    await using world = await startedWith({ minInterval: ms(5 * MINUTE) }, current('a'), previous('a'));
    await world.clock.advance(20 * MINUTE);
    world.previousReads.length = 0;
    await world.clock.advance(100 * MINUTE);
    expect(world.previousReads.length).toBeGreaterThanOrEqual(3);
    expect(world.previousReads.length).toBeLessThanOrEqual(5);
  });

  it('counts as confirmed when it was read, whatever AWSCURRENT shows', async () => {
    await using world = await started(current('a'), previous('a'));
    for (let minute = 0; minute < 12; minute += 1) {
      await world.clock.advance(MINUTE);
      const readAt = world.previousReads.at(-1);
      if (readAt === undefined) continue;
      const age = world.clock.now() - (world.engine.confirmedAt(key('1')) ?? 0);
      expect(age).toBe(world.clock.monotonic() - readAt);
    }
    expect(world.previousReads.length).toBeGreaterThanOrEqual(2);
  });

  it('is noticed within five intervals where AWSCURRENT went forth and back between two reads', async () => {
    await using world = await usingBoth(MINUTE);
    await world.clock.advance(10 * MINUTE);
    world.rotate('v2', 'v3');
    await world.clock.advance(6 * MINUTE);
    expect(world.found.at(-1)).toEqual(['v2', 'v3']);
  });

  it('is read at once when AWSCURRENT has moved, and again until reads are consistent', async () => {
    await using world = await started(current('a'), previous('a'));
    world.aws.put('a');
    const before = world.clock.monotonic();
    await world.clock.advance(MINUTE);
    expect(world.called.map(([dependant]) => dependant).toSorted()).toEqual([key('0'), key('1')]);
    await world.clock.advance(9 * MINUTE);
    expect(world.previousReads.length).toBeGreaterThanOrEqual(2);
    expect(world.previousReads.length).toBeLessThanOrEqual(4);
    expect((world.previousReads[0] ?? Number.NaN) - before).toBeLessThanOrEqual(MINUTE);
  });

  it.each([
    ['nobody watches AWSCURRENT', []],
    ['another identity does', [current('a', identityNamed('two'))]],
    ['it is another secret', [current('b')]],
  ])('is read in its own interval where %s', async (_where, others) => {
    await using world = await started(previous('a'), ...others);
    await world.clock.advance(10 * MINUTE);
    expect(world.previousReads.length).toBeGreaterThanOrEqual(9);
  });

  it('is read in its own interval while AWSCURRENT cannot be, or is watched less often', async () => {
    await using world = await started(current('a'), previous('a'));
    world.currentFails = true;
    await world.clock.advance(2 * MINUTE);
    world.previousReads.length = 0;
    await world.clock.advance(10 * MINUTE);
    expect(world.previousReads.length).toBeGreaterThanOrEqual(9);
    world.currentFails = false;
    world.engine.subscribe(key('0'), [{ ...minutely(current('a'), 'v1'), refreshInterval: ms(60 * MINUTE) }]);
    await world.clock.advance(5 * MINUTE);
    world.previousReads.length = 0;
    await world.clock.advance(10 * MINUTE);
    expect(world.previousReads.length).toBeGreaterThanOrEqual(9);
  });

  it('is read again where the last read has failed', async () => {
    await using world = await started(current('a'), previous('a'));
    const read = world.aws.read.bind(world.aws);
    let fails = true;
    world.aws.read = (identity, secretId, version, signal) =>
      version.kind === 'stage' && version.stage === 'AWSPREVIOUS' && fails
        ? Promise.resolve(fail('AWSUnavailable', 'no'))
        : read(identity, secretId, version, signal);
    world.aws.put('a');
    await world.clock.advance(3 * MINUTE);
    fails = false;
    await world.clock.advance(2 * MINUTE);
    expect(world.engine.observe(previous('a'))).toEqual({ kind: 'version', versionId: 'v2' });
  });
});
