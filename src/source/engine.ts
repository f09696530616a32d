/**
 * The source engine: resources share reads, references are refreshed by schedule, failures are retried after a delay, and values are cached
 * briefly. The number of calls depends on the distinct references and their failures, never on the number of resources.
 */
import type { Outcome } from '../failure/failure.ts';
import { type Identity, identityKey } from '../aws/credentials/identity.ts';
import type { SecretVersion } from '../aws/port.ts';
import { type Clock, type Ms, ms } from '../base/time/clock.ts';
import { untilAborted } from '../base/waiting.ts';
import type { IdentityReadState, SecretSourceOptions, SourceEngine, SourceStats } from './engine-options.ts';
import { EngineParts } from './engine-parts.ts';
import type { EventReferences } from './events/event-references.ts';
import type { DependantKey, Interest, Observation, ReadOptions, ReferenceKey, RemoteReference } from './port.ts';
import type { Freshness } from './references/dependant-freshness.ts';
import { type KeyedReference, referenceKey } from './references/reference-key.ts';

export function createSecretSource(options: SecretSourceOptions): SourceEngine {
  return new Engine(options);
}

class Engine implements SourceEngine {
  readonly #clock: Clock;
  readonly #lifetime = new AbortController();
  readonly #parts: EngineParts;
  readonly references: EventReferences;
  readonly startedAt: Ms;
  #valuesRequested = 0;
  /** Number of calls of `read` without an answer. */
  #pendingReads = 0;

  constructor(options: SecretSourceOptions) {
    const { clock, busyWorkers } = options;
    this.#clock = clock;
    this.startedAt = clock.now();
    this.#parts = new EngineParts(options, this.#lifetime.signal, busyWorkers && (() => busyWorkers() > this.#pendingReads));
    this.references = this.#parts.references;
  }

  async read(references: readonly RemoteReference[], options: ReadOptions): Promise<ReadonlyMap<ReferenceKey, Outcome<SecretVersion>>> {
    options.signal.throwIfAborted();
    const { registry, cachedReader, reconcileReads } = this.#parts;
    const distinct = new Map(references.map((reference) => [referenceKey(reference), reference]));
    const { reconcile, signal } = options;
    const read = (requested: KeyedReference, onShared: () => void = () => undefined) => {
      this.#valuesRequested += 1;
      registry.touch(requested, options.held?.get(requested.key));
      return cachedReader.answer(requested, options, onShared);
    };
    const wanted = Array.from(distinct, ([key, reference]) => ({ key, reference }));
    this.#pendingReads += 1;
    try {
      if (reconcile !== undefined) return await reconcileReads.read({ references: wanted, reconcile, read, signal });
      const answers = Promise.all(wanted.map(async (requested) => [requested.key, await read(requested)] as const));
      return new Map(await untilAborted(answers, signal));
    } finally {
      this.#pendingReads -= 1;
    }
  }

  endReconcile(dependant: DependantKey): void {
    this.#parts.reconcileReads.end(dependant);
  }

  isHeldBack(dependant: DependantKey): boolean {
    return this.#parts.reconcileReads.isHeldBack(dependant);
  }

  observe(reference: RemoteReference): Observation {
    return this.#parts.registry.observe(reference);
  }

  retrySoon(identity: Identity): Ms {
    return ms(Math.max((this.#parts.breakers.retrySoon(identity)?.until ?? 0) - this.#clock.monotonic(), 0));
  }

  subscribe(dependant: DependantKey, interests: readonly Interest[]): void {
    this.#parts.registry.subscribe(dependant, interests);
  }

  readStateOf(identity: Identity): IdentityReadState {
    const { breakers, permissions, listPermissions } = this.#parts;
    const key = identityKey(identity);
    return { availability: breakers.availability(identity), batch: permissions.of(key), lists: listPermissions.of(key) };
  }

  replanning(): Iterable<void> {
    return this.#parts.registry.replanning();
  }

  confirmedAt(dependant: DependantKey): Ms | undefined {
    return this.#parts.registry.confirmedAt(dependant);
  }

  freshness(dependant: DependantKey): Freshness | undefined {
    return this.#parts.registry.freshness(dependant);
  }

  readUntil(): Ms {
    return this.#parts.registry.readUntil();
  }

  async run(signal: AbortSignal): Promise<void> {
    const end = (): void => this.#lifetime.abort(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    await this.#parts.refresher.run();
    await this.#parts.listScanner?.ended();
  }

  stats(): SourceStats {
    const { registry, cache, reconcileReads, refresher, permissions, breakers, listScanner, calls, answerRecorder } = this.#parts;
    return {
      references: registry.size,
      dependants: registry.dependants,
      cachedValues: cache.size,
      cachedBytes: cache.bytes,
      reconciles: reconcileReads.size,
      refreshesWaiting: refresher.waiting,
      batchDenied: permissions.size,
      failing: breakers.failing,
      listed: { references: registry.listable.covered, unchanged: listScanner?.unchanged ?? 0 },
      reads: calls.reads,
      listsAvoided: listScanner?.avoided ?? { denied: 0, tooLong: 0, dearer: 0 },
      valuesRequested: this.#valuesRequested,
      valuesRead: answerRecorder.valuesRead,
    };
  }
}
