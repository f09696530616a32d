// A phase of a repetition: the requests of the operator and its use of resources, between two times.
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { AuditLog } from '../../test/support/control-plane/audit-log.ts';
import { waitUntil } from '../../test/support/control-plane/wait-until.ts';
import { startOperator, type Operator } from '../../test/support/operator/operator.ts';
import { countRequests, type ApiRequests } from './api-requests.ts';
import type { AwsCalls } from './emulator-process.ts';
import { usageOf } from './process-usage.ts';
import type { Scenario } from './scenarios.ts';
import { placeFlags, type World } from './world.ts';

const ENTRY = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** So long nothing must be asked of the API server for a phase to be over. */
export const QUIET_MS = 1_000;
/** What ten thousand resources may need on a slow machine. */
const LIMIT_MS = 900_000;

export interface Phase {
  readonly aws: AwsCalls;
  readonly api: ApiRequests;
  readonly cpuSeconds: number;
  /** Greatest resident size since the start of the process. */
  readonly peakMiB: number;
  /** Resident size at the end of the phase. */
  readonly residentMiB: number;
}

export interface Place {
  readonly world: World;
  readonly namespace: string;
  readonly scenario: Scenario;
  readonly audit: AuditLog;
  /** Further flags of the operator, and environment. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The process whose use is counted. */
export interface Measured {
  readonly pid: number;
}

export interface Begun {
  readonly operator: Operator;
  /** performance.now of the start. */
  readonly started: number;
}

/** Starts the operator; it is not ready yet. What is counted from now on is its own. */
export async function begin({ world, namespace, audit, flags, env }: Place, refreshInterval: string): Promise<Begun> {
  await audit.take();
  await world.aws.takeCalls();
  const started = performance.now();
  const operator = await startOperator({
    kubeconfigPath: world.kubeconfigPath,
    awsEndpoint: world.aws.endpoint,
    flags: [...placeFlags(namespace), '--allow-namespaced-queues=true', `--default-refresh-interval=${refreshInterval}`, ...flags],
    env,
    entry: ENTRY,
  });
  return { operator, started };
}

/** Starts the operator where everything is in place, and waits until it has looked at all of it. */
export async function beginIdle(place: Place, count: number, refreshInterval: string): Promise<Operator> {
  await using stack = new AsyncDisposableStack();
  const { operator } = await begin(place, refreshInterval);
  stack.use(operator);
  await operator.whenReady();
  await drained(operator, count);
  await place.audit.quiet(QUIET_MS, LIMIT_MS);
  stack.move();
  return operator;
}

/** Counts from now on; gives the CPU seconds so far. */
export async function phaseBegin({ world, audit }: Place, { pid }: Measured): Promise<number> {
  await audit.take();
  await world.aws.takeCalls();
  return usageOf(pid).cpuSeconds;
}

export async function phaseEnd({ world, audit }: Place, { pid }: Measured, cpuBefore = 0): Promise<Phase> {
  const { cpuSeconds, peakMiB, residentMiB } = usageOf(pid);
  const [aws, entries] = [await world.aws.takeCalls(), await audit.take()];
  return { aws, api: countRequests(entries), cpuSeconds: cpuSeconds - cpuBefore, peakMiB, residentMiB };
}

/** What happens during `milliseconds`. */
export async function phaseOf(place: Place, measured: Measured, milliseconds: number): Promise<Phase> {
  const before = await phaseBegin(place, measured);
  await sleep(milliseconds);
  return phaseEnd(place, measured, before);
}

/** Resolves with the time at which as many resources as there are had been worked on, and none was waiting. */
export async function drained(operator: Operator, count: number): Promise<number> {
  const look = async (): Promise<boolean> => {
    const { worked, waiting, active } = await queueOf(operator);
    return worked >= count && waiting === 0 && active === 0;
  };
  await waitUntil('all resources were looked at', look, { timeoutMs: LIMIT_MS, pollMs: 100 });
  return performance.now();
}

/** Resolves when the queue of change events is being read, so that polls may rely on it. */
export async function eventsReceived(operator: Operator): Promise<void> {
  const look = async (): Promise<boolean> => (await operator.metrics()).includes('keytender_event_namespaced_queues{state="up"} 1');
  await waitUntil('the queue of change events is read', look, { pollMs: 100 });
}

export interface Queue {
  readonly worked: number;
  readonly waiting: number;
  readonly active: number;
}

export async function queueOf(operator: Operator): Promise<Queue> {
  const samples = (await operator.metrics()).split('\n');
  const sum = (start: string): number =>
    samples.filter((line) => line.startsWith(start)).reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
  return {
    worked: sum('controller_runtime_reconcile_total{controller="externalsecret"'),
    waiting: sum('workqueue_depth{name="externalsecret"}'),
    active: sum('controller_runtime_active_workers'),
  };
}

export function since(started: number): number {
  return (performance.now() - started) / 1_000;
}
