/**
 * The source engine: reads shared by all resources, refreshes by reference, failures left alone for a while, values kept briefly. The cost in
 * calls follows the distinct references and their failures, never the number of resources (DESIGN section 4).
 */
import type { Outcome } from '../api/failure.ts';
import { type Identity, identityKey } from '../aws/credentials/identity.ts';
import type { SecretVersion } from '../aws/port.ts';
import { type Clock, type Ms, ms } from '../base/clock.ts';
import { untilAborted } from '../base/waiting.ts';
import { priority } from '../base/priority.ts';
import { BatchPermissions } from './limits/batch-permissions.ts';
import { Budgets } from './limits/call-budgets.ts';
import { ValueCache } from './reading/value-cache.ts';
import { CallExecutor } from './reading/call-executor.ts';
import type { ReadingAs, SecretSourceOptions, SourceEngine, SourceStats } from './engine-options.ts';
import type { Freshness } from './references/freshness.ts';
import { type BreakerKey, SourceBreakers } from './limits/source-breakers.ts';
import { type EventReferences, eventReferences } from './events/event-references.ts';
import type { DependantKey, Interest, Observation, ReadOptions, ReferenceKey, RemoteReference } from './port.ts';
import { CachedReader, namespaceOfUse } from './reading/cached-reader.ts';
import { AnswerTimeout } from './reading/answer-timeout.ts';
import { StaleAnswerCheck } from './reading/stale-answers.ts';
import { AnswerRecorder } from './reading/answer-recorder.ts';
import { PreviousStages } from './reading/previous-stages.ts';
import { ReadCoalescer } from './reading/read-coalescer.ts';
import { keyed, type KeyedReference, referenceKey } from './references/reference-key.ts';
import { Refresher } from './schedule/refresher.ts';
import { Registry } from './references/registry.ts';
import { ListScanner } from './list/list-scanner.ts';
import { SharedRetries } from './limits/shared-retries.ts';
import { ReconcileReads } from './reading/reconcile-reads.ts';

const DEFAULT_MIN_INTERVAL = ms(5_000);

export function createSecretSource(options: SecretSourceOptions): SourceEngine {
  return new Engine(options);
}

class Engine implements SourceEngine {
  readonly #clock: Clock;
  readonly #onChange: SecretSourceOptions['onChange'];
  readonly #lifetime = new AbortController();
  readonly #cache: ValueCache;
  readonly #asked: CachedReader;
  readonly #rounds: ReconcileReads;
  readonly #breakers: SourceBreakers;
  readonly #permissions: BatchPermissions;
  readonly #listPermissions: BatchPermissions;
  readonly #calls: CallExecutor;
  readonly #registry: Registry;
  readonly #previous: PreviousStages;
  readonly #reader: ReadCoalescer;
  readonly #answerRecorder: AnswerRecorder;
  readonly #refresher: Refresher;
  readonly #listScanner: ListScanner | undefined;
  readonly references: EventReferences;
  readonly startedAt: Ms;
  #valuesAsked = 0;
  /** Calls of `read` that have no answer yet. */
  #asking = 0;

  constructor(options: SecretSourceOptions) {
    const { clock, secrets, random = Math.random, window, busyWorkers, onTurn = () => undefined } = options;
    const turned = (key: BreakerKey): void => onTurn((identity) => this.#breakers.isAbout(key, identity));
    const lifetime = this.#lifetime.signal;
    this.#clock = clock;
    this.startedAt = clock.now();
    this.#onChange = options.onChange;
    this.#cache = new ValueCache(clock, { ttl: options.cacheTtl, bytes: options.cacheBytes });
    this.#registry = this.#createRegistry(options);
    const { minInterval = DEFAULT_MIN_INTERVAL } = options;
    this.#previous = new PreviousStages({ clock, minInterval, cache: this.#cache, registry: this.#registry });
    const breakers = new SourceBreakers({ clock, random, onTurn: turned });
    const permissions = new BatchPermissions(clock, turned);
    const budgets = new Budgets(clock);
    const calls = new CallExecutor({ secrets, clock, lifetime, breakers, budgets, permissions });
    this.#breakers = breakers;
    this.#permissions = permissions;
    this.#listPermissions = new BatchPermissions(clock, turned);
    this.#calls = calls;
    this.#answerRecorder = this.#createConclusions(new StaleAnswerCheck(calls, budgets), new SharedRetries(random));
    this.#reader = new ReadCoalescer({
      clock,
      lifetime,
      calls,
      breakers,
      budgets,
      permissions,
      record: (answer) => this.#answerRecorder.record(answer),
      onPage: () => this.#refresher.dueAt(clock.monotonic()),
      postpone: ({ key }, until) => this.#registry.postpone(key, until),
      namespaceOf: (key) => namespaceOfUse(this.#registry, key),
      ...(window !== undefined && { window }),
      ...(busyWorkers !== undefined && { moreToCome: () => busyWorkers() > this.#asking }),
    });
    const answerTimeout = new AnswerTimeout({ clock, lifetime, silentSince: (identity) => this.#reader.silentSince(identity) });
    const known = { registry: this.#registry, cache: this.#cache, answerRecorder: this.#answerRecorder };
    this.#asked = new CachedReader({ ...known, clock, breakers, reader: this.#reader });
    const onEnded = (dependant: DependantKey): void => this.#onChange(dependant, priority.source, clock.now());
    const isFirst = (dependant: DependantKey): boolean => !this.#registry.isSubscribed(dependant);
    this.#rounds = new ReconcileReads({ clock, lifetime, answerTimeout, isFirst, onEnded, resourcesIn: options.resourcesIn });
    this.references = eventReferences({
      registry: this.#registry,
      breakers,
      invalidate: (reference) => this.#cache.drop(referenceKey(reference)),
      read: (reference, namespace) =>
        this.#reader.read(keyed(reference), { fresh: true, wanted: false, ...(namespace !== undefined && { namespace }) }),
    });
    this.#listScanner = this.#createSweeper(options, { budgets, breakers, permissions });
    this.#refresher = this.#createRefresher(options);
  }

  async read(references: readonly RemoteReference[], options: ReadOptions): Promise<ReadonlyMap<ReferenceKey, Outcome<SecretVersion>>> {
    options.signal.throwIfAborted();
    const distinct = new Map(references.map((reference) => [referenceKey(reference), reference]));
    const { round, signal } = options;
    const read = (asked: KeyedReference, onShared: () => void = () => undefined) => {
      this.#valuesAsked += 1;
      this.#registry.touch(asked, options.held?.get(asked.key));
      return this.#asked.answer(asked, options, onShared);
    };
    const wanted = Array.from(distinct, ([key, reference]) => ({ key, reference }));
    this.#asking += 1;
    try {
      if (round !== undefined) return await this.#rounds.read({ references: wanted, round, read, signal });
      const answers = Promise.all(wanted.map(async (asked) => [asked.key, await read(asked)] as const));
      return new Map(await untilAborted(answers, signal));
    } finally {
      this.#asking -= 1;
    }
  }

  endRound(dependant: DependantKey): void {
    this.#rounds.end(dependant);
  }

  isHeldBack(dependant: DependantKey): boolean {
    return this.#rounds.isHeldBack(dependant);
  }

  observe(reference: RemoteReference): Observation {
    return this.#registry.observe(reference);
  }

  retrySoon(identity: Identity): Ms {
    return ms(Math.max((this.#breakers.retrySoon(identity)?.until ?? 0) - this.#clock.monotonic(), 0));
  }

  subscribe(dependant: DependantKey, interests: readonly Interest[]): void {
    this.#registry.subscribe(dependant, interests);
  }

  readingAs(identity: Identity): ReadingAs {
    const key = identityKey(identity);
    return { availability: this.#breakers.availability(identity), batch: this.#permissions.of(key), lists: this.#listPermissions.of(key) };
  }

  replan(): void {
    this.#registry.replan();
  }

  confirmedAt(dependant: DependantKey): Ms | undefined {
    return this.#registry.confirmedAt(dependant);
  }

  freshness(dependant: DependantKey): Freshness | undefined {
    return this.#registry.freshness(dependant);
  }

  readUntil(): Ms {
    return this.#registry.readUntil();
  }

  async run(signal: AbortSignal): Promise<void> {
    const end = (): void => this.#lifetime.abort(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    await this.#refresher.run();
    await this.#listScanner?.ended();
  }

  stats(): SourceStats {
    return {
      references: this.#registry.size,
      dependants: this.#registry.dependants,
      cachedValues: this.#cache.size,
      cachedBytes: this.#cache.bytes,
      rounds: this.#rounds.size,
      refreshesWaiting: this.#refresher.waiting,
      batchDenied: this.#permissions.size,
      failing: this.#breakers.failing,
      listed: { references: this.#registry.listable.covered, looks: this.#listScanner?.looks ?? 0 },
      reads: this.#calls.reads,
      listsAvoided: this.#listScanner?.avoided ?? { denied: 0, tooLong: 0, dearer: 0 },
      valuesAsked: this.#valuesAsked,
      valuesRead: this.#answerRecorder.valuesRead,
    };
  }

  #createSweeper(
    { lister, clock, minInterval = DEFAULT_MIN_INTERVAL }: SecretSourceOptions,
    parts: { budgets: Budgets; breakers: SourceBreakers; permissions: BatchPermissions },
  ): ListScanner | undefined {
    if (lister === undefined) return undefined;
    const { permissions, ...others } = parts;
    return new ListScanner({
      ...others,
      read: (tracked) => this.#reader.read(tracked, { fresh: false, wanted: false }),
      lister,
      clock,
      minInterval,
      lifetime: this.#lifetime.signal,
      registry: this.#registry,
      permissions: this.#listPermissions,
      mayBatch: (identity) => permissions.allows(identity),
      onDue: (at) => this.#refresher.dueAt(at),
    });
  }

  #createConclusions(staleAnswerCheck: StaleAnswerCheck, retries: SharedRetries): AnswerRecorder {
    return new AnswerRecorder({
      clock: this.#clock,
      cache: this.#cache,
      registry: this.#registry,
      breakers: this.#breakers,
      staleAnswerCheck,
      retries,
      previous: this.#previous,
      onKept: (expiry) => this.#refresher.dueAt(expiry),
    });
  }

  #createRegistry(options: SecretSourceOptions): Registry {
    const { minInterval = DEFAULT_MIN_INTERVAL, lister } = options;
    return new Registry({
      ...registryPartsOf(options),
      minInterval,
      mayList: (identity) => lister !== undefined && this.#listPermissions.allows(identity),
      onForgotten: (key) => this.#cache.drop(key),
      onDue: (at) => this.#refresher.dueAt(at),
    });
  }

  #createRefresher({ resourcesIn }: SecretSourceOptions): Refresher {
    return new Refresher({
      clock: this.#clock,
      resourcesIn,
      isBatched: ({ batchable, identity }) => batchable && this.#permissions.allows(identity),
      lifetime: this.#lifetime.signal,
      breakers: this.#breakers,
      registry: this.#registry,
      refresh: (due) => this.#reader.refresh(this.#previous.toRead(due)),
      housekeeping: { nextAt: () => this.#nextHousekeeping(), run: () => this.#housekeep() },
    });
  }

  #nextHousekeeping(): number | undefined {
    const times = [this.#cache.nextExpiry, this.#breakers.nextAt, this.#listScanner?.nextAt].filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #housekeep(): void {
    this.#cache.expire();
    this.#breakers.expire();
    this.#registry.forgetIdle();
    this.#listScanner?.startDue();
  }
}

function registryPartsOf({ clock, onChange, calledSince, aliveUntil, readObserver, firstLists }: SecretSourceOptions) {
  return { clock, onChange, calledSince, aliveUntil, readObserver, firstLists };
}
