/** The cluster of one schedule: an API in memory, the controllers of workloads and kubelet, values of sources, and the processes of the operator. */
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import type { KubeObject } from '../../../src/api/object/object.ts';
import type { DigestKey } from '../../../src/base/digest.ts';
import { ms } from '../../../src/base/time/clock.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import { FakeClock, settlePromises } from '../fake-clock.ts';
import { type Call, type Fault, MemoryApi } from '../fakes/memory-api.ts';
import { type ModelWorkload, modelTypes, RolloutModel } from '../fakes/rollout-model.ts';
import { faultyClient } from './faulty-client.ts';
import type { Mutant } from './mutants.ts';
import { externalSecretBody, NAMESPACE, workloadBody, workloadOf, workloads, writers } from './objects.ts';
import { OperatorProcess } from './operator-process.ts';
import { Random } from './random.ts';

/** A write of a workload by the operator, with the workload around it. */
export interface OperatorWrite {
  readonly call: Call;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
  readonly by: OperatorProcess;
}

interface Due {
  readonly at: number;
  readonly run: () => void | Promise<void>;
}

const LONG = new AbortController().signal;

export class World {
  readonly clock = new FakeClock(undefined, settlePromises);
  readonly api = new MemoryApi();
  readonly model: RolloutModel;
  readonly random: Random;
  readonly values = new Map<string, Map<string, string>>();
  readonly defects: unknown[] = [];
  /** Decides about each request of a process. */
  fault: (call: Call, by: OperatorProcess) => Fault | undefined = () => undefined;
  onOperatorWrite: (write: OperatorWrite) => void = () => undefined;
  /** Greatest time of a request in milliseconds. */
  requestTime = 0;
  kubeletLag = 0;
  watchDelay = 20;
  leader: OperatorProcess | undefined;
  /** Those that still act, the leader last. */
  readonly processes = new Set<OperatorProcess>();
  readonly #slices = new TimeSlices({ now: () => 0 });
  readonly #mutant: Mutant | undefined;
  readonly #due: Due[] = [];
  /** Workloads whose controller has something to do, and when it does it (monotonic). */
  readonly #busy = new Map<string, number>();
  #keys = 1;

  constructor(seed: number, mutant?: Mutant) {
    this.random = new Random(seed + 1_000_003);
    this.#mutant = mutant;
    this.api.now = () => new Date(this.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    this.model = new RolloutModel(this.api, { now: () => this.clock.now(), lag: () => this.random.between(0, this.kubeletLag) });
    this.api.watchers.add((change) => {
      for (const process of this.processes) process.pipes.take(change);
      if (change.resource.endsWith('.apps')) this.touch(change.object.metadata.name);
    });
  }

  /** The objects of the cluster, with pods that have read the first content, and a leader. */
  async open(): Promise<void> {
    await this.#slices.worker('').checkpoint();
    for (const writer of writers) {
      this.values.set(writer.name, new Map(writer.keys.map((key) => [key, 'v0'])));
      this.api.put(keytender.kinds.externalSecret, externalSecretBody(writer));
    }
    this.api.put(builtin.secret, { metadata: { name: 'shared', namespace: NAMESPACE }, data: { c: 'Yw==' } });
    await this.lead();
    await this.pass(1_000);
    for (const workload of workloads) this.api.put(modelTypes[workload.kind], workloadBody(workload));
    await this.pass(120_000);
  }

  get digestKey(): DigestKey {
    return { id: `k${this.#keys}`, bytes: Buffer.alloc(32, this.#keys) };
  }

  newDigestKey(): void {
    this.#keys += 1;
  }

  /** A new process leads. The one before, if it lives, does not know. */
  async lead(): Promise<void> {
    let process: OperatorProcess | undefined;
    const ended = (): boolean => process?.hasEnded ?? false;
    const client = faultyClient({
      api: this.api,
      hasEnded: ended,
      end: () => process && this.crash(process),
      fault: (call) => process && this.fault(call, process),
      arrival: () => this.#arrival(),
      ...(this.#mutant?.alter === undefined ? {} : { alter: this.#mutant.alter }),
      onWrite: (call, before, after) => process && this.onOperatorWrite({ call, before, after, by: process }),
    });
    process = new OperatorProcess({
      api: this.api,
      clock: this.clock,
      slices: this.#slices,
      client,
      digestKey: this.digestKey,
      random: () => this.random.next(),
      valuesOf: (writer) => new Map(this.values.get(writer)),
      mutant: this.#mutant,
      onDefect: (error) => {
        if (!ended()) this.defects.push(error);
      },
    });
    process.pipes.delay(this.watchDelay);
    this.leader = process;
    this.processes.add(process);
    await process.start();
  }

  /** The process ends at once. A new one leads after a while. */
  crash(process: OperatorProcess, down = this.random.between(10, 20_000)): void {
    process.end();
    this.processes.delete(process);
    if (this.leader !== process) return;
    this.leader = undefined;
    this.after(down, () => (this.leader === undefined ? this.lead() : undefined));
  }

  after(milliseconds: number, run: Due['run']): void {
    this.#due.push({ at: this.clock.monotonic() + milliseconds, run });
  }

  /** The controller of this workload looks at it. */
  touch(name: string): void {
    if (!this.#busy.has(name)) this.#busy.set(name, this.clock.monotonic() + this.random.between(10, 1_500));
  }

  edit(workload: ModelWorkload, patch: object): void {
    this.api.edit(modelTypes[workload.kind], NAMESPACE, workload.name, patch);
  }

  find(workload: ModelWorkload): KubeObject | undefined {
    return this.api.find(modelTypes[workload.kind], NAMESPACE, workload.name);
  }

  setValues(writer: string, values: Readonly<Record<string, string>>): void {
    const known = this.values.get(writer);
    for (const [key, value] of Object.entries(values)) known?.set(key, value);
    for (const process of this.processes) process.writeSecret(writer);
  }

  /** Lets time pass. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.clock.monotonic() + milliseconds;
    for (;;) {
      await this.#act();
      // Sleepers may change objects, which controllers and watches see next.
      const next = Math.min(this.#nextAt, this.clock.monotonic() + (this.clock.untilNext ?? Infinity), end);
      await this.clock.advance(Math.max(next - this.clock.monotonic(), 0));
      if (this.clock.monotonic() >= end && this.#nextAt > end) return;
    }
  }

  get #nextAt(): number {
    const pipes = Array.from(this.processes, ({ pipes: { nextAt } }) => nextAt);
    return Math.min(...this.#due.map(({ at }) => at), ...this.#busy.values(), ...pipes);
  }

  async #act(): Promise<void> {
    const now = this.clock.monotonic();
    for (const due of this.#due.filter(({ at }) => at <= now)) {
      this.#due.splice(this.#due.indexOf(due), 1);
      await due.run();
    }
    for (const process of this.processes) {
      for (let change = process.pipes.next(); change !== undefined && !process.hasEnded; change = process.pipes.next())
        process.deliver(change);
    }
    for (const [name, at] of this.#busy) {
      if (at > now) continue;
      if (this.model.step(workloadOf(name))) this.#busy.set(name, now + this.random.between(100, 1_500));
      else this.#busy.delete(name);
    }
  }

  async #arrival(): Promise<void> {
    if (this.requestTime > 0 && this.random.chance(0.5)) await this.clock.sleep(ms(this.random.between(1, this.requestTime)), LONG);
    else await Promise.resolve();
  }
}
