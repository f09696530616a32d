// Eventually consistent reads on request: selected operations see an earlier state, at a fixed time or with a constant lag.
import type { EmulatorClock } from './clock.ts';
import type { SecretStore, SecretView } from './secrets-manager/secret-store.ts';

const MAX_LAG_MS = 300_000;

export interface StaleReadsOptions {
  /** Read operations concerned. Default: ListSecrets. */
  readonly operations?: readonly string[];
  /** Reads show the moment of this call until the emulator's clock has moved on by so much. */
  readonly forMs?: number;
  /** Reads show the moment of this call until `release()`. The default when neither `forMs` nor `lagMs` is given. */
  readonly untilReleased?: boolean;
  /** Reads show the world of so many milliseconds ago, at most five minutes, until `release()`. */
  readonly lagMs?: number;
}

export interface StaleReadsHandle extends Disposable {
  readonly id: string;
  release(): void;
}

interface Rule {
  readonly operations: ReadonlySet<string>;
  readonly untilMs: number;
  view(store: SecretStore): SecretView;
}

export class StaleReads {
  readonly #clock: EmulatorClock;
  readonly #stores: () => Iterable<SecretStore>;
  readonly #rules = new Map<string, Rule>();
  #nextId = 1;

  constructor(clock: EmulatorClock, stores: () => Iterable<SecretStore>) {
    this.#clock = clock;
    this.#stores = stores;
  }

  add(options: StaleReadsOptions): StaleReadsHandle {
    const { operations = ['ListSecrets'], forMs, lagMs } = options;
    if (lagMs !== undefined && !(lagMs >= 0 && lagMs <= MAX_LAG_MS)) throw new RangeError('lagMs must be 0 to 300,000');
    const untilMs = forMs === undefined ? Number.POSITIVE_INFINITY : this.#clock.now() + forMs;
    const id = `stale-${this.#nextId++}`;
    this.#rules.set(id, {
      operations: new Set(operations),
      untilMs,
      view: lagMs === undefined ? this.#frozen() : (store) => store.lagging(lagMs),
    });
    const release = (): void => void this.#rules.delete(id);
    return { id, release, [Symbol.dispose]: release };
  }

  /** What `operation` sees of `store` now. */
  view(operation: string, store: SecretStore): SecretView {
    for (const [id, rule] of this.#rules) {
      if (rule.untilMs <= this.#clock.now()) this.#rules.delete(id);
      else if (rule.operations.has(operation)) return rule.view(store);
    }
    return store;
  }

  #frozen(): (store: SecretStore) => SecretView {
    const moment = new Map([...this.#stores()].map((store) => [store, store.freeze()] as const));
    const empty: SecretView = { byName: () => undefined, all: () => [] };
    return (store) => moment.get(store) ?? empty;
  }
}
