// Thirty random schedules of faults between the operator, the API server and AWS. After the faults, all Secrets equal AWS, and each change
// of content caused one write and at most one rollout.
import { describe, expect, it, jest } from '@jest/globals';
import type { Fault as ApiFault } from '../../support/api-proxy/fault-table.ts';
import type { Fault as AwsFault } from '../../support/aws/faults.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { followObjects, type History } from '../../support/operator/history.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import { createRestarting, deployment } from '../../support/operator/restarts.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { contentOf, createWorkload, markersOf } from '../../support/operator/workloads.ts';
import { type Random, randomFrom } from '../../support/random.ts';

jest.setTimeout(600_000);

const SCHEDULES = 30;
const LANES = 5;
const NAMES = ['alpha', 'beta', 'gamma'] as const;
const RESOURCES = ['secrets', 'externalsecrets', 'deployments', 'events'] as const;
const STEPS = 6;

function pick<T>(random: Random, choices: readonly T[]): T {
  const chosen = choices[Math.floor(random() * choices.length)];
  if (chosen === undefined) throw new RangeError('nothing to choose from');
  return chosen;
}

const API_FAULTS: readonly ApiFault[] = [
  { kind: 'status', code: 409 },
  { kind: 'status', code: 429, retryAfterSeconds: 1 },
  { kind: 'status', code: 500 },
  { kind: 'status', code: 503 },
  { kind: 'reset' },
  { kind: 'lose-response' },
  { kind: 'latency', ms: 200 },
];

const AWS_FAULTS: readonly AwsFault[] = [
  { kind: 'throttle' },
  { kind: 'internal-error' },
  { kind: 'service-unavailable' },
  { kind: 'reset' },
  { kind: 'latency', ms: 300 },
  { kind: 'unparsable-body' },
];

/** One step of a schedule; says what it did. */
async function disturb(scene: Scene, names: readonly string[], random: Random): Promise<string> {
  const step = Math.floor(random() * 8);
  const times = 1 + Math.floor(random() * 2);
  switch (step) {
    case 0:
    case 1:
    case 2: {
      const [resource, fault] = [pick(random, RESOURCES), pick(random, API_FAULTS)];
      scene.proxy.inject({ verb: ['get', 'create', 'patch'], resource, times, fault });
      return `api ${resource} ${JSON.stringify(fault)} x${times}`;
    }
    case 3: {
      const fault = pick(random, AWS_FAULTS);
      scene.aws.inject({ fault, times });
      return `aws ${JSON.stringify(fault)} x${times}`;
    }
    case 4: {
      const how = pick(random, ['end', 'reset'] as const);
      return `watches ${how} ${scene.proxy.closeWatches({}, how)}`;
    }
    case 5: {
      for (const watch of scene.proxy.watches()) watch.fail(410);
      return 'watches 410';
    }
    case 6: {
      await scene.operator.kill();
      await scene.startOperator();
      return 'kill';
    }
    default: {
      const match = { verb: 'patch', resource: pick(random, RESOURCES) };
      const hold = scene.proxy.hold({ ...match, at: pick(random, ['request', 'response'] as const) });
      scene.rotate(pick(random, names));
      const outcome = await Promise.race([
        hold.arrived,
        scene.proxy.waitFor({ verb: 'patch' }, () => true, { timeoutMs: 3_000 }).catch(() => undefined),
      ]);
      await scene.operator.kill();
      hold.release();
      await scene.startOperator();
      return `kill at ${match.resource} (${outcome === undefined ? 'not reached' : outcome.path})`;
    }
  }
}

/** Each schedule has names of its own: a Secret that changes more often than six times an hour is restarted for less often. */
async function setUp(scene: Scene, seed: number): Promise<readonly string[]> {
  const names = NAMES.map((name) => `${name}-${seed}`);
  for (const name of names) {
    scene.createSecret(name);
    await createWorkload(scene.objects, 'Deployment', name);
    await createRestarting(scene, name, [deployment(name)]);
  }
  for (const name of names) await scene.objects.untilReason(name, 'SecretSynced');
  return names;
}

interface Before {
  readonly content: string | undefined;
  readonly generation: number;
}

async function look(scene: Scene, name: string): Promise<Before> {
  const [secret, deployment] = await Promise.all([scene.objects.get('secrets', name), scene.objects.get('deployments', name)]);
  return { content: contentOf(secret), generation: deployment?.metadata.generation ?? 0 };
}

async function untilConverged(scene: Scene, name: string): Promise<void> {
  await scene.objects.untilValues(name, { password: String(scene.aws.secrets().value(name)) }, 90_000);
  await waitUntil(
    `${name} is reported and rolled`,
    async () => {
      const [object, secret, deployment] = await Promise.all([
        scene.objects.get('externalsecrets', name),
        scene.objects.get('secrets', name),
        scene.objects.get('deployments', name),
      ]);
      const content = contentOf(secret);
      const ready = object?.status?.conditions?.find(({ type }) => type === 'Ready');
      const [restart] = (object?.status?.['restarts'] ?? []) as readonly { readonly content?: string }[];
      const speaks = ready?.reason === 'SecretSynced' && object?.status?.['content'] === content && restart?.content === content;
      return speaks && markersOf(deployment)[name] === content;
    },
    { timeoutMs: 90_000 },
  );
}

/** A store whose identity was throttled is told as available again once calls have gone through for a minute: that write is none at rest. */
async function untilToldAsOver(scene: Scene): Promise<void> {
  const isOver = async (): Promise<boolean> => {
    const conditions = (await scene.objects.get('secretstores', 'aws'))?.status?.conditions ?? [];
    return conditions.every(({ type, status }) => type !== 'Available' || status === 'True');
  };
  await waitUntil('the store is told as available again', isOver, { timeoutMs: 90_000 });
}

async function runSchedule(scene: Scene, seed: number, steps: string[]): Promise<void> {
  const random = randomFrom(seed);
  const names = await setUp(scene, seed);
  const before = new Map(await Promise.all(names.map(async (name) => [name, await look(scene, name)] as const)));
  await using secrets: History = await followObjects(scene, 'secrets');
  for (let step = 0; step < STEPS; step += 1) {
    if (random() < 0.5) scene.rotate(pick(random, names));
    steps.push(await disturb(scene, names, random));
  }
  // A rotation that meets what is left of the faults.
  for (const name of names) scene.rotate(name);
  for (const name of names) await untilConverged(scene, name);
  scene.proxy.calm();
  await untilToldAsOver(scene);
  expect(await writesAtRest(scene, 2)).toEqual([]);
  for (const name of names) {
    await secrets.untilCurrent(name);
    const after = await look(scene, name);
    const start = before.get(name);
    const ids = [start?.content, ...secrets.of(name).map(({ object }) => contentOf(object))];
    const contents = ids.filter((id, index) => index > 0 && id !== ids[index - 1]).length;
    const rolls = after.generation - (start?.generation ?? 0);
    expect(contents).toBeGreaterThanOrEqual(1);
    expect(new Set(ids).size).toBe(contents + 1);
    expect(secrets.changes(name, ({ data }) => data)).toBe(contents);
    expect([name, rolls >= 1 && rolls <= contents]).toEqual([name, true]);
  }
  for (const name of names) await scene.objects.delete('externalsecrets', name);
}

async function runLane(seeds: readonly number[]): Promise<void> {
  await using scene = await openScene('schedules');
  await scene.createStore();
  for (const seed of seeds) {
    const steps: string[] = [];
    try {
      await runSchedule(scene, seed, steps);
    } catch (error) {
      throw new Error(`schedule with seed ${seed} (run it alone with KEYTENDER_FAULT_SEED=${seed}):\n${steps.join('\n')}`, {
        cause: error,
      });
    }
  }
}

function seedsOfRun(): readonly number[] {
  const fixed = process.env['KEYTENDER_FAULT_SEED'];
  if (fixed !== undefined) return [Number(fixed)];
  const base = Math.floor(Math.random() * 1_000_000);
  return Array.from({ length: SCHEDULES }, (_, index) => base + index);
}

describe('random schedules of faults', () => {
  it(`converge, each of ${SCHEDULES}`, async () => {
    const seeds = seedsOfRun();
    const lanes = Array.from({ length: Math.min(LANES, seeds.length) }, (_, lane) =>
      seeds.filter((_seed, index) => index % LANES === lane),
    );
    const ends = await Promise.allSettled(lanes.map(runLane));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  });
});
