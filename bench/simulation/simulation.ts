// The engine, a simulated AWS and reconcilers, with a clock that advances only after all due work is done.
import { ms } from '../../src/base/time/clock.ts';
import { createSecretSource } from '../../src/source/engine.ts';
import type { SourceEngine } from '../../src/source/engine-options.ts';
import { FakeClock, settlePromises } from '../../test/support/fake-clock.ts';
import type { Fleet, RemoteSecret } from './fleet.ts';
import { heapAfterCollection } from './heap.ts';
import { Lags, type Span } from './lags.ts';
import { randomFrom } from '../../test/support/random.ts';
import { Reconcilers } from './reconcilers.ts';
import { SimulatedAws } from './simulated-aws.ts';

export class Simulation implements AsyncDisposable {
  readonly fleet: Fleet;
  readonly aws: SimulatedAws;
  readonly lags: Lags;
  readonly reconcilers: Reconcilers;
  readonly engine: SourceEngine;
  // A day is a million steps, none of which waits for anything but promises.
  readonly #clock = new FakeClock(undefined, settlePromises);
  readonly #start = this.#clock.monotonic();
  readonly #end = new AbortController();
  readonly #heapBefore: number;
  readonly #running: Promise<void>;
  readonly #changing: Promise<void>[] = [];

  /** `disturbances`: spans of the simulated time whose lags are counted apart. */
  constructor(fleet: Fleet, disturbances: readonly Span[]) {
    const clock = this.#clock;
    this.fleet = fleet;
    this.aws = new SimulatedAws(clock, fleet);
    this.lags = new Lags(disturbances);
    this.reconcilers = new Reconcilers(fleet, ({ secret }) => this.lags.noticed(secret, this.now), this.#end.signal);
    this.#heapBefore = heapAfterCollection();
    const { aws, reconcilers } = this;
    this.engine = createSecretSource({
      secrets: aws,
      clock,
      onChange: (dependant, priority) => reconcilers.wake(dependant, priority),
      busyWorkers: () => reconcilers.busy,
      random: randomFrom(3),
    });
    reconcilers.engine = this.engine;
    this.#running = this.engine.run(this.#end.signal);
  }

  /** Simulated milliseconds since the start. */
  get now(): number {
    return this.#clock.monotonic() - this.#start;
  }

  /** Goes on to a time of the day. */
  async until(time: number): Promise<void> {
    await this.#clock.advance(time - this.now);
  }

  /** Every resource for the first time. */
  async fill(): Promise<void> {
    for (const resource of this.fleet.resources) this.reconcilers.add(resource);
    while (!this.reconcilers.idle) await this.#clock.advance(50);
  }

  /** What the engine holds beyond what there was before it, in bytes. */
  heap(): number {
    return heapAfterCollection() - this.#heapBefore;
  }

  /** Gives secrets new versions, each at its time. */
  change(changes: readonly { readonly at: number; readonly secret: RemoteSecret }[]): void {
    const inOrder = changes.toSorted((a, b) => a.at - b.at);
    const changeAll = async (): Promise<void> => {
      for (const { at, secret } of inOrder) {
        await this.#clock.sleep(ms(at - this.now), this.#end.signal);
        this.aws.put(secret);
        this.lags.changed(secret, this.now);
      }
    };
    this.#changing.push(changeAll());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#changing);
    this.#end.abort(new DOMException('the simulation is over', 'AbortError'));
    await this.#running;
  }
}
