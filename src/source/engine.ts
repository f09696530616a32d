/**
 * The source engine: reads shared by all resources, refreshes by reference, failures left alone for a while, values kept briefly. The cost in
 * calls follows the distinct references and their failures, never the number of resources (DESIGN section 4).
 */
import type { Outcome } from '../api/failure.ts';
import { isIdentityWide } from '../aws/errors.ts';
import type { SecretReader, SecretVersion } from '../aws/port.ts';
import { untilAborted } from '../base/waiting.ts';
import { type Clock, type Ms, ms } from '../base/clock.ts';
import type { Key } from '../base/key.ts';
import { failed, ok } from '../base/result.ts';
import type { Priority } from '../base/priority.ts';
import { ValueCache } from './cache.ts';
import { IdentityGates } from './identity-gates.ts';
import type { Interest, Observation, ReadOptions, ReferenceKey, RemoteReference, SecretSource } from './port.ts';
import { type Answer, Reader } from './reader.ts';
import { isPinned, keyOfIdentity, referenceKey } from './reference-key.ts';
import { Refresher } from './refresher.ts';
import { Registry } from './registry.ts';
import { retryDelay } from './retry.ts';

export interface SecretSourceOptions {
  readonly secrets: SecretReader;
  readonly clock: Clock;
  /** A dependant has to look again: what it holds is not what is there, or reading began or ceased to fail. Must not throw. */
  readonly onChange: (dependant: Key, priority: Priority) => void;
  /** How long a value may stay in memory; 0 = not at all. Default 300 s. */
  readonly cacheTtl?: Ms;
  /** Default 16 MiB. */
  readonly cacheBytes?: number;
  /** No reference is refreshed more often than this, whoever asks. Default 1 s. */
  readonly minInterval?: Ms;
  /** How long a read waits for others to share a call with. Default 3 ms. */
  readonly window?: Ms;
  /** While work is waiting for a worker: how many workers there are, each of which may read soon. Else, and by default, 0. */
  readonly busyWorkers?: () => number;
  /** In [0, 1), for the jitter of retries. */
  readonly random?: () => number;
}

export interface SourceStats {
  /** References that are subscribed to or were read within the last minute. */
  readonly references: number;
  readonly dependants: number;
  readonly cachedValues: number;
  readonly cachedBytes: number;
  /** Identities that may not make batch calls. */
  readonly batchDenied: number;
  /** Values that resources asked for since the start, and those that had to be read from AWS for it. */
  readonly valuesAsked: number;
  readonly valuesRead: number;
}

const DEFAULT_TTL = ms(300_000);
const DEFAULT_BYTES = 16 * 1024 * 1024;
const DEFAULT_MIN_INTERVAL = ms(1_000);

export interface SourceEngine extends SecretSource {
  /** Refreshes what dependants are subscribed to, until `signal` aborts; reads end with it, too. To be called once. */
  run(signal: AbortSignal): Promise<void>;
  stats(): SourceStats;
  /** What was kept of this reference is not to be served any more: somebody knows that it has changed. */
  invalidate(reference: RemoteReference): void;
  /** When AWS last confirmed the stalest of what the dependant is subscribed to (milliseconds since the epoch), if that's known. */
  confirmedAt(dependant: Key): Ms | undefined;
}

export function createSecretSource(options: SecretSourceOptions): SourceEngine {
  return new Engine(options);
}

class Engine implements SourceEngine {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #lifetime = new AbortController();
  readonly #cache: ValueCache;
  readonly #gates: IdentityGates;
  readonly #registry: Registry;
  readonly #reader: Reader;
  readonly #refresher: Refresher;
  #valuesAsked = 0;
  #valuesRead = 0;
  /** Calls of `read` that have no answer yet. */
  #asking = 0;

  constructor(options: SecretSourceOptions) {
    const { clock, secrets, onChange, random = Math.random, minInterval = DEFAULT_MIN_INTERVAL, window, busyWorkers } = options;
    this.#clock = clock;
    this.#random = random;
    this.#cache = new ValueCache(clock, { ttl: options.cacheTtl ?? DEFAULT_TTL, bytes: options.cacheBytes ?? DEFAULT_BYTES });
    this.#gates = new IdentityGates(clock, random);
    this.#registry = new Registry({ clock, onChange, minInterval, onDue: (at) => this.#refresher.dueAt(at) });
    this.#reader = new Reader({
      clock,
      secrets,
      lifetime: this.#lifetime.signal,
      conclude: (answer) => this.#conclude(answer),
      judge: (identity, verdict, madeAt) => this.#gates.judge(identity, verdict, madeAt),
      ...(window !== undefined && { window }),
      ...(busyWorkers !== undefined && { moreToCome: () => busyWorkers() > this.#asking }),
    });
    this.#refresher = new Refresher({
      clock,
      lifetime: this.#lifetime.signal,
      registry: this.#registry,
      gates: this.#gates,
      read: ({ reference }) => this.#reader.read(reference, { fresh: false, wanted: false }),
      housekeeping: { nextAt: () => this.#cache.nextExpiry, run: () => this.#housekeep() },
    });
  }

  async read(references: readonly RemoteReference[], options: ReadOptions): Promise<ReadonlyMap<ReferenceKey, Outcome<SecretVersion>>> {
    options.signal.throwIfAborted();
    const distinct = new Map(references.map((reference) => [referenceKey(reference), reference]));
    this.#valuesAsked += distinct.size;
    const outcomes = Array.from(distinct, async ([key, reference]) => [key, await this.#outcome(key, reference, options.maxAge)] as const);
    this.#asking += 1;
    try {
      return new Map(await untilAborted(Promise.all(outcomes), options.signal));
    } finally {
      this.#asking -= 1;
    }
  }

  observe(reference: RemoteReference): Observation {
    return this.#registry.observe(reference);
  }

  subscribe(dependant: Key, interests: readonly Interest[]): void {
    this.#registry.subscribe(dependant, interests);
  }

  confirmedAt(dependant: Key): Ms | undefined {
    return this.#registry.confirmedAt(dependant);
  }

  invalidate(reference: RemoteReference): void {
    this.#cache.drop(referenceKey(reference));
  }

  async run(signal: AbortSignal): Promise<void> {
    const end = (): void => this.#lifetime.abort(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    await this.#refresher.run();
  }

  stats(): SourceStats {
    return {
      references: this.#registry.size,
      dependants: this.#registry.dependants,
      cachedValues: this.#cache.size,
      cachedBytes: this.#cache.bytes,
      batchDenied: this.#reader.batchDenied,
      valuesAsked: this.#valuesAsked,
      valuesRead: this.#valuesRead,
    };
  }

  #housekeep(): void {
    this.#cache.expire();
    this.#registry.sweep();
  }

  #outcome(key: ReferenceKey, reference: RemoteReference, maxAge: Ms): Promise<Outcome<SecretVersion>> {
    const known = maxAge > 0 ? this.#known(key, reference, maxAge) : undefined;
    return known === undefined ? this.#reader.read(reference, { fresh: maxAge <= 0, wanted: true }) : Promise.resolve(known);
  }

  /** The answer that needs no call: a failure that rests, a value that is young enough, the failure of the whole identity. */
  #known(key: ReferenceKey, reference: RemoteReference, maxAge: Ms): Outcome<SecretVersion> | undefined {
    const tracked = this.#registry.find(key);
    if (tracked?.observation.kind === 'failed' && this.#clock.monotonic() < tracked.retryAt) return failed(tracked.observation.failure);
    const kept = this.#cache.get(key, isPinned(reference) ? ms(Number.POSITIVE_INFINITY) : maxAge);
    if (kept !== undefined) return ok(kept);
    const gate = this.#gates.closed(keyOfIdentity(reference.identity));
    return gate === undefined ? undefined : failed(gate.failure);
  }

  async #conclude({ reference, outcome: answered, order, wanted }: Answer): Promise<Outcome<SecretVersion>> {
    const outcome = await this.#believed(reference, answered);
    const key = referenceKey(reference);
    // A slow answer must not undo what a later call has found.
    if (order < (this.#registry.find(key)?.readOrder ?? 0)) return outcome;
    if (!outcome.ok) this.#cache.drop(key);
    else this.#keep(key, outcome.value, wanted);
    const retryAt = (failures: number): number => this.#retryAt(reference, outcome, failures);
    this.#registry.note(reference, { outcome, order, retryAt });
    return outcome;
  }

  /**
   * Reads are eventually consistent: an answer that shows an older version than the last one may be stale, or somebody moved the label back.
   * It is asked once more, alone, and the second answer counts: a rollback says the same again.
   */
  async #believed(reference: RemoteReference, outcome: Outcome<SecretVersion>): Promise<Outcome<SecretVersion>> {
    const tracked = this.#registry.find(referenceKey(reference));
    const last = tracked?.observation.kind === 'version' ? tracked.observation.versionId : undefined;
    const { createdDate } = tracked ?? {};
    if (!outcome.ok || last === undefined || last === outcome.value.versionId) return outcome;
    const older = createdDate !== undefined && outcome.value.createdDate !== undefined && outcome.value.createdDate < createdDate;
    if (!older) return outcome;
    return this.#reader.readAlone(reference);
  }

  /** A value that nobody waits for is kept only if it is news for somebody, who is about to ask for it. */
  #keep(key: ReferenceKey, version: SecretVersion, wanted: boolean): void {
    if (wanted) this.#valuesRead += 1;
    if (wanted || this.#registry.find(key)?.isNews(version.versionId) === true) {
      this.#cache.put(key, version);
      // Values leave in time also when nothing else is due by then.
      this.#refresher.dueAt(this.#cache.nextExpiry ?? Number.POSITIVE_INFINITY);
    } else this.#cache.confirm(key, version.versionId);
  }

  #retryAt(reference: RemoteReference, outcome: Outcome<SecretVersion>, failures: number): number {
    const now = this.#clock.monotonic();
    if (outcome.ok) return now;
    const gate = isIdentityWide(outcome.failure.reason) ? this.#gates.closed(keyOfIdentity(reference.identity)) : undefined;
    return gate?.until ?? now + retryDelay(outcome.failure, failures, this.#random);
  }
}
