// Observes one operator from its start: inside (turns of the event loop) and outside (/livez, memory, the Lease).
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeOwnedFolder, type OwnedFolder } from '../processes/owned-folder.ts';
import { startProcess, type SupervisedProcess } from '../processes/supervised-process.ts';
import type { Operator } from '../operator/operator.ts';
import type { Objects } from '../operator/objects.ts';
import type { Findings } from './findings.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const NODE = join(ROOT, 'node_modules', '.bin', 'node');
const RECORDER = new URL('loop-recorder.ts', import.meta.url).href;
const PROBER = fileURLToPath(new URL('livez-prober.ts', import.meta.url));
const LEASE = 'keytender';
const TURNS_KEPT = 5;
/** The recorder writes twice a second: after this silence the operator is in a turn that has no end yet, or is gone. */
const SILENT_MS = 2_000;

interface Probed {
  readonly slowestMs: number;
  readonly noiseMs: number;
  readonly unanswered: number;
}

/** A line of loop-recorder.ts. */
interface Recorded {
  readonly at: number;
  readonly busyMs: number;
  readonly keptMs: number;
  /** Processor time of the main thread since the start of the process. */
  readonly totalMs: number;
}

export class Observer implements AsyncDisposable {
  readonly #folder: OwnedFolder = makeOwnedFolder('hostile');
  readonly #objects: Objects;
  #operator: Operator | undefined;
  #prober: SupervisedProcess | undefined;
  #holder: unknown;
  #since = 0;
  #probes = 0;

  /** `objects` are those of the operator's own namespace. */
  constructor(objects: Objects) {
    this.#objects = objects;
  }

  /** What the operator is to be started with. */
  get env(): Readonly<Record<string, string>> {
    const profiles = process.env['KEYTENDER_HOSTILE_PROFILES'] ?? '';
    const profiled = profiles === '' ? '' : ` --cpu-prof --cpu-prof-dir=${profiles}`;
    return { NODE_OPTIONS: `--import=${RECORDER}${profiled}`, KEYTENDER_TEST_LOOP_RECORD: this.#recordPath };
  }

  /** Counts from now on, and forgets what was counted before. Call it first when the operator listens: loading its modules takes one long turn. */
  async begin(operator: Operator): Promise<void> {
    this.#operator = operator;
    this.#since = Date.now();
    await this.#prober?.stop();
    this.#probes += 1;
    this.#prober = startProcess({
      name: 'livez-prober',
      command: NODE,
      args: ['--disable-warning=ExperimentalWarning', PROBER, `${operator.probeUrl}/livez`],
      cwd: ROOT,
      logPath: this.#probePath,
    });
  }

  /** The operator leads; it must hold the Lease until the findings are asked for. */
  async leads(): Promise<void> {
    this.#holder = (await this.#lease())?.holderIdentity;
  }

  async findings(phase: string, newcomersMs: readonly number[], quietMs: number): Promise<Findings> {
    const lease = await this.#lease();
    const { slowestMs, noiseMs, unanswered } = this.#probed();
    const { turnsMs, keptMs, busyShare } = this.#recorded();
    return {
      phase,
      turnsMs,
      livezMs: slowestMs,
      noiseMs: noiseMs + keptMs,
      unanswered,
      peakMiB: this.#peakMiB(),
      busyShare,
      newcomersMs,
      quietMs,
      leaseKept: lease !== undefined && lease.holderIdentity === this.#holder,
      running: this.#operator?.running === true,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#prober?.stop();
    this.#folder[Symbol.dispose]();
  }

  get #recordPath(): string {
    return join(this.#folder.path, 'turns');
  }

  get #probePath(): string {
    return join(this.#folder.path, `livez-${this.#probes}`);
  }

  async #lease(): Promise<{ readonly holderIdentity?: string } | undefined> {
    return (await this.#objects.get('leases', LEASE))?.spec as { readonly holderIdentity?: string } | undefined;
  }

  #recorded(): { readonly turnsMs: readonly number[]; readonly keptMs: number; readonly busyShare: number } {
    const lines = linesOf(this.#recordPath) as readonly Recorded[];
    const silentMs = Date.now() - (lines.at(-1)?.at ?? this.#since);
    const unfinished = silentMs > SILENT_MS ? [silentMs] : [];
    const counted = lines.filter(({ at }) => at >= this.#since);
    const turns = [...counted.map(({ busyMs }) => busyMs), ...unfinished];
    return {
      turnsMs: turns.sort((left, right) => right - left).slice(0, TURNS_KEPT),
      keptMs: Math.max(0, ...counted.map(({ keptMs }) => keptMs)),
      busyShare: busyShareOf(counted),
    };
  }

  #probed(): Probed {
    return (linesOf(this.#probePath).at(-1) as Probed | undefined) ?? { slowestMs: 0, noiseMs: 0, unanswered: 0 };
  }

  /** As the kernel has seen it (proc_pid_status(5), VmHWM). */
  #peakMiB(): number {
    if (this.#operator?.running !== true) return 0;
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#operator.pid}/status`, 'utf8'))?.[1];
    return Number(peak ?? 0) / 1_024;
  }
}

function busyShareOf(lines: readonly Recorded[]): number {
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined || last.at === first.at) return 0;
  return (last.totalMs - first.totalMs) / (last.at - first.at);
}

function linesOf(path: string): readonly unknown[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  // The last one may be half written.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as unknown);
}
