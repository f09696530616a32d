/** Runs one schedule, and says what went wrong in it. */
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { NAMESPACE, writers } from './objects.ts';
import type { Schedule } from './actions.ts';
import type { Mutant } from './mutants.ts';
import { lostIn } from './oracle.ts';
import { PatchLog } from './patch-log.ts';
import { followGitOps, Injected, perform } from './perform.ts';
import { traceOf } from './trace.ts';
import { World } from './world.ts';

export interface Outcome {
  /** Empty: all went well. */
  readonly problems: readonly string[];
  readonly patches: number;
  readonly changes: number;
}

const HOUR = 3_600_000;

export interface RunOptions {
  readonly mutant?: Mutant | undefined;
  /** Prints what happens. */
  readonly isTraced?: boolean;
}

export async function runSchedule({ seed, steps }: Schedule, { mutant, isTraced = false }: RunOptions = {}): Promise<Outcome> {
  const world = new World(seed, mutant);
  const say = isTraced ? traceOf(world) : undefined;
  const injected = new Injected();
  const patches = new PatchLog(world, injected);
  await world.open();
  followGitOps(world, injected);
  for (const { action, wait } of steps) {
    say?.(`--- ${JSON.stringify(action)}, then ${wait} ms`);
    await perform(action, world, injected);
    await world.pass(wait);
  }
  await close(world);
  const isQuiet = await quiet(world);
  const problems = [
    ...world.defects.map((error) => `defect: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    ...(isQuiet ? [] : ['it does not come to rest']),
    ...lostIn(world, injected),
    ...patches.problems(),
  ];
  for (const process of world.processes) process.end();
  return { problems, patches: patches.count, changes: patches.changes };
}

/** Faults end, windows open, suspended policies go on. */
async function close(world: World): Promise<void> {
  world.fault = () => undefined;
  world.requestTime = 0;
  await world.pass(HOUR);
  for (const { name, restart } of writers) {
    if (restart === undefined) continue;
    const open = { suspend: null, dryRun: null, windows: null };
    world.api.edit(keytender.kinds.externalSecret, NAMESPACE, name, { spec: { restart: open } });
  }
}

/** Until nothing has changed for two hours. */
async function quiet(world: World): Promise<boolean> {
  let changes = 0;
  const count = (): void => void (changes += 1);
  world.api.watchers.add(count);
  for (let hour = 0, still = 0; hour < 48; hour += 1) {
    changes = 0;
    await world.pass(HOUR);
    still = changes === 0 ? still + 1 : 0;
    if (still === 2) return true;
  }
  return false;
}
