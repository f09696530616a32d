// Runs a hostile input of one tenant against a running operator and checks the effect on another tenant: during the input, and once more
// with an operator that starts with all of it in place. To add one: append a HostileInput to a list in test/cluster/hostile, one file for
// each part of the operator. `plant` gets a Scene whose namespace, store "aws" and AWS are those of the attacker; it returns when the
// operator has received the input. Any input that the API server or AWS accepts is allowed. KEYTENDER_HOSTILE_ONLY=<part of a name> runs
// some of them, --ci those of CI; each prints a line with its figures. KEYTENDER_HOSTILE_PROFILES=<folder> keeps a CPU profile of each
// operator, for turns that are too long.
import { beforeAll, expect, it } from '@jest/globals';
import { makeNamespace } from '../control-plane/namespace.ts';
import { waitUntil } from '../control-plane/wait-until.ts';
import { followObjects } from '../operator/history.ts';
import { Objects } from '../operator/objects.ts';
import type { Operator } from '../operator/operator.ts';
import { openScene, staticAuth, type Scene } from '../operator/scene.ts';
import { compileAhead } from './compile-ahead.ts';
import { breaches, describeFindings, type Findings, type Limits } from './findings.ts';
import { Newcomers } from './newcomer.ts';
import { Observer } from './observer.ts';
import { Rotations } from './rotations.ts';
import { isSelected, limitsFor, type Selectable } from './selection.ts';

export interface HostileInput extends Selectable {
  /** Flags of the operator beside those of the harness. */
  readonly flags?: readonly string[];
  /** The other tenant reads AWS with the same access key as the attacker. Default false. */
  readonly sharedIdentity?: boolean;
  /** Whether a secret of the other tenant is rotated while the input is planted, and has to arrive by its refreshes. Default false. */
  readonly rotates?: boolean;
  /** Whether the operator is started once more with everything in place. Default true. */
  readonly restart?: boolean;
  /** Bounds that differ for this input; say why beside it. */
  readonly limits?: Partial<Limits>;
  readonly plant: (attacker: Scene, tenant: Objects) => Promise<void>;
  /** What else must hold in the end, such as the condition that answers the input. */
  readonly expect?: (attacker: Scene, tenant: Objects) => Promise<void>;
}

const QUIET = 5;
const AFTERWARDS = 5;
const TIME_MS = 240_000;
const GRACE_MS = 5_000;
/** Characters of its log. */
const LAST_WORDS = 3_000;

/** A test for each input. */
export function holdAgainst(inputs: readonly HostileInput[]): void {
  if (inputs.some((input) => isSelected(input, process.env))) beforeAll(compileAhead, TIME_MS);
  for (const input of inputs) {
    // A file in which nothing runs is no failure.
    const test = isSelected(input, process.env) ? it : it.skip;
    test(`${input.name} harms nobody else`, () => hold(input), TIME_MS);
  }
}

async function hold(input: HostileInput): Promise<void> {
  await using attacker = await openScene('hostile', { start: false });
  await using tenant = await makeNamespace(attacker.controlPlane, 'tenant');
  const objects = new Objects(attacker.controlPlane.api, tenant.name);
  await createStores(attacker, objects, input.sharedIdentity === true);
  await using history = await followObjects({ controlPlane: attacker.controlPlane, namespace: tenant.name }, 'externalsecrets');
  const quiet = { objects, aws: attacker.aws };
  const newcomers = new Newcomers(quiet, history);
  const flags = [`--namespaces=${tenant.name}`, '--leader-elect=true', '--log-level=info', ...(input.flags ?? [])];

  const planted = await observed(attacker, flags, async (observer, operator) => {
    const rotations = input.rotates === true ? new Rotations(quiet) : undefined;
    await rotations?.begin();
    const quietMs = Math.max(...(await newcomers.arrive(QUIET)));
    newcomers.takeShownMs();
    await observer.begin(operator);
    const planting = input.plant(attacker, objects);
    const [times, rotationsMs] = await Promise.all([newcomers.arriveDuring(planting, AFTERWARDS), rotations?.during(planting) ?? []]);
    return { ...(await observer.findings('planted', times, quietMs)), rotationsMs, shownMs: newcomers.takeShownMs() };
  });
  const all: Findings[] = [planted];
  if (input.restart !== false) {
    const again = await observed(attacker, flags, async (observer) => {
      const times = await newcomers.arrive(AFTERWARDS);
      return { ...(await observer.findings('started again', times, planted.quietMs)), shownMs: newcomers.takeShownMs() };
    });
    all.push(again);
  }
  for (const findings of all) process.stderr.write(`${describeFindings(input.name, findings)}\n`);
  expect(all.flatMap((findings) => breaches(findings, limitsFor(input, process.env)))).toEqual([]);
  await input.expect?.(attacker, objects);
}

/** An operator from its start to its end, watched from the moment when it listens. */
async function observed(
  scene: Scene,
  flags: readonly string[],
  work: (observer: Observer, operator: Operator) => Promise<Findings>,
): Promise<Findings> {
  await using observer = new Observer(scene.objects);
  const operator = await scene.launchOperator(flags, observer.env);
  try {
    await waitUntil('the operator listens', async () => {
      if (!operator.running) throw new Error(`the operator has ended:\n${operator.output().slice(-2_000)}`);
      return (await statusOf(`${operator.probeUrl}/livez`)) !== undefined;
    });
    await observer.begin(operator);
    // One that ends before it leads is told of by the findings.
    await waitUntil('the operator leads', () => !operator.running || operator.output().includes('"started leading"'), {
      timeoutMs: 60_000,
    });
    await observer.leads();
    return await work(observer, operator);
  } finally {
    if (!operator.running)
      process.stderr.write(`hostile: the operator has ended; its last words:\n${operator.output().slice(-LAST_WORDS)}\n`);
    // One that hangs hears no signal to end in order.
    await operator.stop({ graceMs: GRACE_MS });
  }
}

async function statusOf(url: string): Promise<number | undefined> {
  try {
    return (await fetch(url)).status;
  } catch {
    return undefined; // not listening yet
  }
}

async function createStores(attacker: Scene, tenant: Objects, shared: boolean): Promise<void> {
  await attacker.createStore();
  const own = attacker.aws.addAccessKey({ account: attacker.aws.defaultAccount });
  const credentials = shared ? await attacker.objects.values('aws-credentials') : { id: own.accessKeyId, secret: own.secretAccessKey };
  await tenant.create('secrets', { metadata: { name: 'aws-credentials' }, stringData: credentials });
  const aws = { service: 'SecretsManager', region: attacker.aws.defaultRegion, auth: staticAuth('aws-credentials') };
  await tenant.create('secretstores', { metadata: { name: 'aws' }, spec: { provider: { aws } } });
}
