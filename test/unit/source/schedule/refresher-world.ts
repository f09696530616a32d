// The loop of refreshes with a registry, breakers and a fake clock. Reads are answered at once, or when a test says so.
import { failure } from '../../../../src/failure/failure.ts';
import type { Identity } from '../../../../src/aws/credentials/identity.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { failed, ok } from '../../../../src/base/result.ts';
import { SecretValue } from '../../../../src/base/secret-value.ts';
import { SourceBreakers } from '../../../../src/source/limits/breakers/source-breakers.ts';
import type { ReferenceKey } from '../../../../src/source/port.ts';
import { referenceKey } from '../../../../src/source/references/reference-key.ts';
import { Registry } from '../../../../src/source/references/registry.ts';
import type { TrackedReference } from '../../../../src/source/references/tracked-reference.ts';
import { Refresher } from '../../../../src/source/refresh/refresher.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { current, dependantNamed, MINUTE, minutely } from '../engine-world.ts';

/** Number of references of one dependant. */
const OF_DEPENDANT = 1_000;
const ANSWER = {
  outcome: ok({ versionId: 'v1', arn: 'arn', name: 'name', stages: ['AWSCURRENT'], value: SecretValue.ofText('canary') }),
  order: 1,
  age: ms(0),
  retryAt: () => 0,
};

/** The state at the end of a pass. */
interface Pass {
  /** Number of references in the due queue of each identity. */
  readonly due: ReadonlyMap<string, number>;
  /** Numbers since the start: of references that went back to the due queue, and of reads that were started. */
  readonly postponed: number;
  readonly read: number;
  /** Number of questions to the breakers since the start. */
  readonly asked: number;
}

class CountingBreakers extends SourceBreakers {
  asked = 0;

  override openBreaker(...asked: Parameters<SourceBreakers['openBreaker']>): ReturnType<SourceBreakers['openBreaker']> {
    this.asked += 1;
    return super.openBreaker(...asked);
  }
}

class CountingRegistry extends Registry {
  postponed = 0;

  override postpone(key: ReferenceKey, until: number): void {
    this.postponed += 1;
    super.postpone(key, until);
  }
}

export interface RefresherWorldOptions {
  readonly isBatched?: boolean;
  readonly resourcesIn?: (namespace: string) => number;
}

export class RefresherWorld implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly registry: CountingRegistry;
  readonly breakers: CountingBreakers;
  readonly refresher: Refresher;
  /** The references whose read has started, in order. */
  readonly read: TrackedReference[] = [];
  readonly passes: Pass[] = [];
  #held: PromiseWithResolvers<void> | undefined;
  readonly #lifetime = new AbortController();
  readonly #running: Promise<void>;

  constructor({ isBatched = true, resourcesIn }: RefresherWorldOptions = {}) {
    const { clock } = this;
    const onDue = (at: number): void => this.refresher.dueAt(at);
    this.registry = new CountingRegistry({ clock, minInterval: ms(1_000), onChange: () => undefined, onDue });
    this.breakers = new CountingBreakers({ clock, random: () => 0, onChange: () => undefined });
    this.refresher = new Refresher({
      clock,
      lifetime: this.#lifetime.signal,
      registry: this.registry,
      breakers: this.breakers,
      resourcesIn,
      isBatched: () => isBatched,
      refresh: (due) => this.#refresh(due),
      housekeeping: { nextAt: () => undefined, run: () => this.passes.push(this.#pass()) },
    });
    this.#running = this.refresher.run();
  }

  /** Subscribes dependants of the namespace to so many secrets, each every minute. */
  subscribe(namespace: string, prefix: string, count: number, identity: Identity): void {
    for (let from = 0; from < count; from += OF_DEPENDANT) {
      const length = Math.min(count - from, OF_DEPENDANT);
      const interests = Array.from({ length }, (_, index) => minutely(current(`${prefix}${from + index}`, identity), 'v1'));
      this.registry.subscribe(dependantNamed(`${namespace}/${prefix}${from}`), interests);
    }
  }

  /** Ends the subscriptions that `subscribe` has made. */
  unsubscribe(namespace: string, prefix: string, count: number): void {
    for (let from = 0; from < count; from += OF_DEPENDANT) this.registry.subscribe(dependantNamed(`${namespace}/${prefix}${from}`), []);
  }

  /** All references are due at the same time. What can be done without waiting is done, pass by pass. */
  async allDue(): Promise<void> {
    await this.clock.advance(0);
    this.passes.length = 0;
    this.clock.freeze(2 * MINUTE);
    await this.clock.advance(0);
  }

  /** The reference is due now. */
  dueNow(secretId: string, identity: Identity): void {
    this.registry.postpone(referenceKey(current(secretId, identity)), this.clock.monotonic());
  }

  /** Reads that start from now on are answered when the test calls the function. */
  holdAnswers(): () => void {
    const held = Promise.withResolvers<void>();
    this.#held = held;
    return () => {
      this.#held = undefined;
      held.resolve();
    };
  }

  /** AWS throttles the identity: its circuit breaker opens. */
  throttle(identity: Identity): void {
    const outcomes = new Map([[referenceKey(current('any', identity)), failed(failure('Throttled', 'too many requests'))]]);
    this.breakers.recordCall(identity, outcomes, this.clock.monotonic());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lifetime.abort();
    this.#held?.resolve();
    await this.#running;
  }

  async #refresh(due: readonly TrackedReference[]): Promise<void> {
    this.read.push(...due);
    await this.#held?.promise;
    for (const tracked of due) this.registry.record(tracked, ANSWER);
  }

  #pass(): Pass {
    const due = new Map(Array.from(this.registry.due, ([key, { size }]) => [key, size]));
    return { due, postponed: this.registry.postponed, read: this.read.length, asked: this.breakers.asked };
  }
}
