/** Builds the parts of the source engine and connects them. Callbacks between the parts run only after all parts exist. */
import { type Clock, ms } from '../base/time/clock.ts';
import { priority } from '../base/priority.ts';
import type { SecretSourceOptions } from './engine-options.ts';
import { type EventReferences, eventReferences } from './events/event-references.ts';
import { BatchPermissions } from './limits/batch-permissions.ts';
import { CallBudgets } from './limits/budgets/call-budgets.ts';
import { SharedRetries } from './limits/retries/shared-retries.ts';
import type { ForeignAccountOf } from './limits/breakers/foreign-accounts.ts';
import { type BreakerKey, SourceBreakers } from './limits/breakers/source-breakers.ts';
import { ListScanner } from './list/list-scanner.ts';
import type { DependantKey } from './port.ts';
import { AnswerRecorder } from './reading/answer/answer-recorder.ts';
import { AnswerTimeout } from './reading/answer-timeout.ts';
import { CachedReader, namespaceOfUse } from './reading/cached-reader.ts';
import { CallExecutor } from './reading/call/call-executor.ts';
import { PreviousStages } from './reading/answer/previous-stages.ts';
import { ReadCoalescer } from './reading/read-coalescer.ts';
import { ReconcileReads } from './reading/reconcile-reads.ts';
import { StaleAnswerCheck } from './reading/answer/stale-answer-check.ts';
import { ValueCache } from './reading/answer/value-cache.ts';
import { keyed, referenceKey } from './references/reference-key.ts';
import { Registry } from './references/registry.ts';
import { Refresher } from './refresh/refresher.ts';

const DEFAULT_MIN_INTERVAL = ms(5_000);

export class EngineParts {
  readonly cache: ValueCache;
  readonly registry: Registry;
  readonly breakers: SourceBreakers;
  readonly permissions: BatchPermissions;
  readonly listPermissions: BatchPermissions;
  readonly calls: CallExecutor;
  readonly answerRecorder: AnswerRecorder;
  readonly cachedReader: CachedReader;
  readonly reconcileReads: ReconcileReads;
  readonly refresher: Refresher;
  readonly listScanner: ListScanner | undefined;
  readonly references: EventReferences;
  readonly #options: SecretSourceOptions;
  readonly #clock: Clock;
  readonly #lifetime: AbortSignal;
  readonly #budgets: CallBudgets;
  readonly #previous: PreviousStages;
  readonly #reader: ReadCoalescer;

  /** `lifetime` ends all reads and waits. `moreToCome`: whether more reads are certain to follow soon. */
  constructor(options: SecretSourceOptions, lifetime: AbortSignal, moreToCome: (() => boolean) | undefined) {
    const { clock, secrets, random = Math.random, minInterval = DEFAULT_MIN_INTERVAL, onIdentityChange = () => undefined } = options;
    const changed = (key: BreakerKey): void => onIdentityChange((identity) => this.breakers.isAbout(key, identity));
    this.#options = options;
    this.#clock = clock;
    this.#lifetime = lifetime;
    this.cache = new ValueCache(clock, { ttl: options.cacheTtl, bytes: options.cacheBytes });
    this.registry = this.#createRegistry();
    this.#previous = new PreviousStages({ clock, minInterval, cache: this.cache, registry: this.registry });
    this.#budgets = options.budgets ?? new CallBudgets(clock);
    const foreignAccountOf: ForeignAccountOf = (requested) => this.#budgets.foreignAccount(requested);
    this.breakers = new SourceBreakers({ clock, random, onChange: changed, foreignAccountOf });
    this.permissions = new BatchPermissions(clock, changed);
    this.listPermissions = new BatchPermissions(clock, changed);
    const { breakers, permissions, registry, cache } = this;
    this.calls = new CallExecutor({ secrets, clock, lifetime, breakers, budgets: this.#budgets, permissions });
    this.answerRecorder = this.#createAnswerRecorder(random);
    this.#reader = this.#createReader(moreToCome);
    this.cachedReader = new CachedReader({ registry, cache, answerRecorder: this.answerRecorder, clock, breakers, reader: this.#reader });
    this.reconcileReads = this.#createReconcileReads();
    this.references = this.#createEventReferences();
    this.listScanner = this.#createListScanner();
    this.refresher = this.#createRefresher();
  }

  #createRegistry(): Registry {
    const { lister, minInterval = DEFAULT_MIN_INTERVAL } = this.#options;
    return new Registry({
      ...this.#options,
      minInterval,
      mayList: (identity) => lister !== undefined && this.listPermissions.allows(identity),
      onForgotten: (key) => this.cache.drop(key),
      onDue: (at) => this.refresher.dueAt(at),
    });
  }

  #createAnswerRecorder(random: () => number): AnswerRecorder {
    return new AnswerRecorder({
      clock: this.#clock,
      cache: this.cache,
      registry: this.registry,
      breakers: this.breakers,
      staleAnswerCheck: new StaleAnswerCheck(this.calls, this.#budgets),
      retries: new SharedRetries(random),
      previous: this.#previous,
      onKept: (expiry) => this.refresher.dueAt(expiry),
    });
  }

  #createReader(moreToCome: (() => boolean) | undefined): ReadCoalescer {
    const { window } = this.#options;
    return new ReadCoalescer({
      clock: this.#clock,
      lifetime: this.#lifetime,
      calls: this.calls,
      breakers: this.breakers,
      budgets: this.#budgets,
      permissions: this.permissions,
      record: (answer) => this.answerRecorder.record(answer),
      onPage: () => this.refresher.dueAt(this.#clock.monotonic()),
      postpone: ({ key }, until) => this.registry.postpone(key, until),
      namespaceOf: (key) => namespaceOfUse(this.registry, key),
      ...(window !== undefined && { window }),
      ...(moreToCome !== undefined && { moreToCome }),
    });
  }

  #createReconcileReads(): ReconcileReads {
    const { onChange, resourcesIn } = this.#options;
    const [clock, lifetime] = [this.#clock, this.#lifetime];
    return new ReconcileReads({
      clock,
      lifetime,
      answerTimeout: new AnswerTimeout({ clock, lifetime, unansweredSince: (identity) => this.#reader.unansweredSince(identity) }),
      isFirst: (dependant: DependantKey) => !this.registry.isSubscribed(dependant),
      onEnded: (dependant: DependantKey) => onChange(dependant, priority.source, clock.now()),
      resourcesIn,
    });
  }

  #createEventReferences(): EventReferences {
    return eventReferences({
      registry: this.registry,
      breakers: this.breakers,
      invalidate: (reference) => this.cache.drop(referenceKey(reference)),
      read: (reference, namespace) =>
        this.#reader.read(keyed(reference), { fresh: true, wanted: false, ...(namespace !== undefined && { namespace }) }),
    });
  }

  #createListScanner(): ListScanner | undefined {
    const { lister, minInterval = DEFAULT_MIN_INTERVAL } = this.#options;
    if (lister === undefined) return undefined;
    return new ListScanner({
      budgets: this.#budgets,
      breakers: this.breakers,
      read: (tracked) => this.#reader.read(tracked, { fresh: false, wanted: false }),
      lister,
      clock: this.#clock,
      minInterval,
      lifetime: this.#lifetime,
      registry: this.registry,
      permissions: this.listPermissions,
      mayBatch: (identity) => this.permissions.allows(identity),
      onDue: (at) => this.refresher.dueAt(at),
    });
  }

  #createRefresher(): Refresher {
    return new Refresher({
      clock: this.#clock,
      resourcesIn: this.#options.resourcesIn,
      isBatched: ({ batchable, identity }) => batchable && this.permissions.allows(identity),
      lifetime: this.#lifetime,
      breakers: this.breakers,
      registry: this.registry,
      refresh: (due) => this.#reader.refresh(this.#previous.toRead(due)),
      housekeeping: { nextAt: () => this.#nextHousekeeping(), run: () => this.#housekeep() },
    });
  }

  #nextHousekeeping(): number | undefined {
    const times = [this.cache.nextExpiry, this.breakers.nextAt, this.listScanner?.nextAt].filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #housekeep(): void {
    this.cache.expire();
    this.breakers.expire();
    this.registry.forgetIdle();
    this.listScanner?.startDue();
  }
}
