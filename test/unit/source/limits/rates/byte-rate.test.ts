// A namespace with many large values takes only a share of the event loop, which parses them; small values and other namespaces are not delayed.
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../../src/base/time/clock.ts';
import { nameOf } from '../../../../../src/base/key.ts';
import { dependantOf } from '../../../../../src/source/references/dependant.ts';
import type { RemoteReference } from '../../../../../src/source/port.ts';
import { referenceKey } from '../../../../../src/source/references/reference-key.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { MemorySecretsManager } from '../../memory-secrets-manager.ts';
import { current, dependantNamed, identityNamed, MINUTE, startEngine, type EngineWorld } from '../../engine-world.ts';

const LARGEST = 65_536;
const MIB = 1024 * 1024;
const signal = new AbortController().signal;

function put({ aws }: Pick<EngineWorld, 'aws'>, prefix: string, count: number, size: number): readonly string[] {
  const names = Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  for (const name of names) aws.sizes.set(name, size);
  aws.put(...names);
  return names;
}

interface Tenant {
  readonly world: EngineWorld;
  readonly namespace: string;
  /** Dependants by name. */
  readonly references: ReadonlyMap<string, readonly RemoteReference[]>;
  /** When each dependant was answered (monotonic). */
  readonly answered: Map<string, number>;
}

/** One reconcile: it reads, and subscribes to what it has read with the shortest interval. */
async function reconcileOnce({ world: { engine, clock }, namespace, references, answered }: Tenant, name: string): Promise<void> {
  const dependant = dependantNamed(`${namespace}/${name}`);
  const wanted = references.get(name) ?? [];
  const answers = await engine.read(wanted, { maxAge: ms(1_000), reconcile: { dependant, request: '', answerTimeout: ms(500) }, signal });
  if (answers.size === 0) return;
  answered.set(name, clock.monotonic());
  engine.subscribe(
    dependant,
    wanted.map((reference) => {
      const answer = answers.get(referenceKey(reference));
      return { reference, refreshInterval: ms(1_000), ...(answer?.ok === true && { heldVersionId: answer.value.versionId }) };
    }),
  );
  engine.endReconcile(dependant);
}

/** Runs the reconciles of the tenant for this time. */
async function work(tenant: Tenant, milliseconds: number): Promise<void> {
  const { clock, called } = tenant.world;
  const end = clock.monotonic() + milliseconds;
  while (clock.monotonic() < end) {
    await clock.advance(50);
    for (const [dependant] of called.splice(0)) void reconcileOnce(tenant, nameOf(dependantOf(dependant).key).name);
  }
}

/** Takes in the answers of AWS one after the other, each in this time, as a process with little processor time does. */
function oneByOne(clock: FakeClock, milliseconds: number): MemorySecretsManager {
  const aws = new MemorySecretsManager(clock);
  const readBatch = aws.readBatch.bind(aws);
  let last = Promise.resolve();
  aws.readBatch = async (...call) => {
    const answer = await readBatch(...call);
    last = last.then(() => clock.sleep(ms(milliseconds), call[2]));
    await last;
    return answer;
  };
  return aws;
}

/** Thirty identities of one namespace, each with sixty values of the largest size. */
function hostile(world: EngineWorld): Tenant {
  const names = put(world, 'shared', 60, LARGEST);
  const of = (index: number) => names.map((name) => current(name, identityNamed(`hostile-${index}`)));
  const references = new Map(Array.from({ length: 30 }, (_, index) => [`r${index}`, of(index)]));
  return { world, namespace: 'hostile', references, answered: new Map() };
}

/** Bytes that AWS has answered so far. */
function asked({ aws }: EngineWorld): number {
  return aws.calls.flatMap(({ ids }) => ids).reduce((sum, id) => sum + (aws.sizes.get(id) ?? 0), 0);
}

describe('the bytes that are read for a namespace', () => {
  it('have a rate, within which each of its rounds is answered in the end, before what is merely refreshed', async () => {
    await using world = startEngine();
    world.aws.latency = 50;
    const tenant = hostile(world);
    for (const name of tenant.references.keys()) void reconcileOnce(tenant, name);
    await work(tenant, 18_000);
    expect(tenant.answered.size).toBe(30);
    const before = asked(world);
    await work(tenant, 20_000);
    // Without a rate it is 21 MiB a second.
    expect((asked(world) - before) / 20 / MIB).toBeLessThan(10);
    expect((asked(world) - before) / 20 / MIB).toBeGreaterThan(6);
    // Every identity was read.
    const late = world.aws.calls.filter(({ at }) => at > world.clock.monotonic() - 20_000);
    expect(new Set(late.map(({ identity }) => identity)).size).toBe(30);
  }, 60_000);

  it('delay nobody else, be it as the same identity', async () => {
    await using world = startEngine();
    const tenant = hostile(world);
    for (const name of tenant.references.keys()) void reconcileOnce(tenant, name);
    await work(tenant, 10_000);
    const mine = put(world, 'mine', 20, LARGEST).map((name) => current(name, identityNamed('hostile-3')));
    const reading = world.engine.read(mine, { maxAge: MINUTE, reconcile: { dependant: dependantNamed('other/a'), request: '' }, signal });
    await world.clock.advance(10);
    expect((await reading).size).toBe(20);
  }, 60_000);

  it('leave room for what somebody waits for where answers are taken in slowly, one after the other', async () => {
    const clock = new FakeClock();
    const inOrder = oneByOne(clock, 200);
    await using world = startEngine({ secrets: inOrder }, clock);
    const tenant = hostile({ ...world, aws: inOrder });
    for (const name of tenant.references.keys()) void reconcileOnce(tenant, name);
    await work(tenant, 10_000);
    const mine = put({ ...world, aws: inOrder }, 'mine', 1, 10).map((name) => current(name, identityNamed('mine')));
    const reading = world.engine.read(mine, { maxAge: MINUTE, reconcile: { dependant: dependantNamed('other/a'), request: '' }, signal });
    await world.clock.advance(1_500);
    expect((await reading).size).toBe(1);
    // Thirty times three calls take 18 s.
    await work(tenant, 15_000);
    expect(tenant.answered.size).toBe(30);
  }, 60_000);

  it('do not matter where values are of ordinary size, however many', async () => {
    await using world = startEngine();
    const mine = put(world, 'mine', 10_000, 1_000).map((name) => current(name));
    const reading = world.engine.read(mine, { maxAge: MINUTE, signal });
    // The 20 calls a second of the budget, and nothing else.
    await world.clock.advance(20_000);
    expect((await reading).size).toBe(10_000);
  }, 60_000);
});
