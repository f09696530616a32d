// Runs a hostile input of one tenant against a running operator and checks the effect on another tenant: during the input, and once more
// with an operator that starts with all of it in place. To add one: append a HostileInput to a list in test/cluster/hostile, one file for
// each part of the operator. `plant` gets a Scene whose namespace, store "aws" and AWS are those of the attacker; it returns when the
// operator has received the input. Any input that the API server or AWS accepts is allowed. KEYTENDER_HOSTILE_ONLY=<part of a name> runs
// some of them, --ci those of CI; each prints a line with its figures. KEYTENDER_HOSTILE_PROFILES=<folder> keeps a CPU profile of each
// operator, for turns that are too long. `npm run hostile` ends with a table of all figures (summary.ts).
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from '@jest/globals';
import { waitUntil } from '../control-plane/wait-until.ts';
import { followObjects } from '../operator/history.ts';
import type { Objects } from '../operator/objects.ts';
import type { Operator } from '../operator/operator.ts';
import type { Scene } from '../operator/scene.ts';
import { compileAhead } from './compile-ahead.ts';
import { breaches, describeFindings, type Findings, type Limits } from './findings.ts';
import { Newcomers } from './newcomer.ts';
import { Observer } from './observer.ts';
import type { QuietTenant } from './quiet-tenant.ts';
import { BY_EVENTS, Rotations } from './rotations.ts';
import { isSelected, limitsFor, type Selectable } from './selection.ts';
import { recordMeasured } from './summary.ts';
import { startTenants, type Tenants, type TenantsOptions } from './tenants.ts';

export interface HostileInput extends Selectable, TenantsOptions {
  /** Flags of the operator beside those of the harness. */
  readonly flags?: readonly string[];
  /** Whether the operator is started once more with everything in place. Default true. */
  readonly restart?: boolean;
  /** Bounds that differ for this input; say why beside it. */
  readonly limits?: Partial<Limits>;
  /** What is there before the other tenant has anything. The operator runs. */
  readonly before?: (attacker: Scene, further: readonly Objects[]) => Promise<void>;
  /** `further`: the objects of the further namespaces. */
  readonly plant: (attacker: Scene, tenant: Objects, further: readonly Objects[]) => Promise<void>;
  /** What else must hold in the end, such as the condition that answers the input. */
  readonly expect?: (attacker: Scene, tenant: Objects) => Promise<void>;
}

const QUIET = 5;
const AFTERWARDS = 5;
const TIME_MS = 240_000;
const LONGEST_MS = 225_000;
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
  await using tenants = await startTenants(input);
  const all: Findings[] = [];
  const allowed = limitsFor(input, process.env);
  try {
    await inTime(measure(input, tenants, (findings) => all.push(findings)));
    expect(all.flatMap((findings) => breaches(findings, allowed))).toEqual([]);
    await input.expect?.(tenants.attacker, tenants.objects);
  } catch (error) {
    if (!all.some((findings) => breaches(findings, allowed).length > 0)) recordMeasured({ input: input.name, failure: firstLineOf(error) });
    throw error;
  } finally {
    for (const findings of all) {
      process.stderr.write(`${describeFindings(input.name, findings)}\n`);
      recordMeasured({ input: input.name, findings, breaches: breaches(findings, allowed) });
    }
  }
}

/** Before Jest ends the test, which would leave the table without it. */
async function inTime(work: Promise<void>): Promise<void> {
  const over = new AbortController();
  const late = async (): Promise<never> => {
    await sleep(LONGEST_MS, undefined, { signal: over.signal });
    throw new Error(`no figures after ${LONGEST_MS / 1_000} s`);
  };
  try {
    await Promise.race([work, late()]);
  } finally {
    over.abort();
  }
}

function firstLineOf(error: unknown): string {
  return String(error).split('\n', 1)[0] ?? '';
}

async function measure(input: HostileInput, tenants: Tenants, found: (findings: Findings) => void): Promise<void> {
  const { attacker, objects, further, flags, env } = tenants;
  await using history = await followObjects({ controlPlane: attacker.controlPlane, namespace: tenants.namespace }, 'externalsecrets');
  const quiet = { objects, aws: attacker.aws, ...(tenants.storeRef !== undefined && { storeRef: tenants.storeRef }) };
  const newcomers = new Newcomers(quiet, history);
  const place: Place = { scene: attacker, flags: [...flags, ...(input.flags ?? [])], env };
  let quietMs = 0;
  await observed(place, found, async (observer, operator) => {
    await input.before?.(attacker, further);
    const rotations = rotationsOf(input, quiet);
    await rotations?.begin();
    quietMs = Math.max(...(await newcomers.arrive(QUIET)));
    newcomers.takeShownMs();
    await observer.begin(operator);
    const planting = input.plant(attacker, objects, further);
    const [times, rotationsMs] = await Promise.all([newcomers.arriveDuring(planting, AFTERWARDS), rotations?.during(planting) ?? []]);
    return { ...(await observer.findings('planted', times, quietMs)), rotationsMs, shownMs: newcomers.takeShownMs() };
  });
  if (input.restart === false) return;
  await observed(place, found, async (observer) => {
    const times = await newcomers.arrive(AFTERWARDS);
    return { ...(await observer.findings('started again', times, quietMs)), shownMs: newcomers.takeShownMs() };
  });
}

function rotationsOf({ rotates = false }: HostileInput, quiet: QuietTenant): Rotations | undefined {
  if (rotates === false) return undefined;
  return rotates === true ? new Rotations(quiet) : new Rotations(quiet, BY_EVENTS);
}

/** Where operators are started, and how. */
interface Place {
  readonly scene: Scene;
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** An operator from its start to its end, watched from the moment when it listens. */
async function observed(
  { scene, flags, env }: Place,
  found: (findings: Findings) => void,
  work: (observer: Observer, operator: Operator) => Promise<Findings>,
): Promise<void> {
  await using observer = new Observer(scene.objects);
  const operator = await scene.launchOperator(flags, { ...env, ...observer.env });
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
    found(await work(observer, operator));
  } finally {
    if (!operator.running) process.stderr.write(`hostile: the operator has ended; its last words:\n${lastWordsOf(operator)}\n`);
    // One that hangs hears no signal to end in order.
    await operator.stop({ graceMs: GRACE_MS });
  }
}

/** Without warnings about single objects, of which there may be thousands. */
function lastWordsOf(operator: Operator): string {
  const lines = operator.output().split('\n');
  return lines
    .filter((line) => !line.startsWith('{"level":"warn"'))
    .join('\n')
    .slice(-LAST_WORDS);
}

async function statusOf(url: string): Promise<number | undefined> {
  try {
    return (await fetch(url)).status;
  } catch {
    return undefined; // not listening yet
  }
}
