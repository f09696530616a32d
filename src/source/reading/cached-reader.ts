/**
 * Answers a reference from the first source with an answer: a known failure whose retry is not due, a cached value, an open circuit
 * breaker, a read.
 */
import type { Outcome } from '../../failure/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import { type Clock, ms } from '../../base/time/clock.ts';
import { failed, ok } from '../../base/result.ts';
import type { ValueCache } from './answer/value-cache.ts';
import type { AnswerRecorder } from './answer/answer-recorder.ts';
import type { SourceBreakers } from '../limits/breakers/source-breakers.ts';
import type { ReadOptions, ReferenceKey } from '../port.ts';
import type { ReadCoalescer } from './read-coalescer.ts';
import { isPinned, type KeyedReference } from '../references/reference-key.ts';
import type { Registry } from '../references/registry.ts';
import { namespaceOf } from '../references/dependant.ts';

export interface CachedReaderOptions {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly cache: ValueCache;
  readonly breakers: SourceBreakers;
  readonly answerRecorder: AnswerRecorder;
  readonly reader: ReadCoalescer;
}

type RequestOptions = Pick<ReadOptions, 'maxAge' | 'reconcile'>;
type Answer = Outcome<SecretVersion> | Promise<Outcome<SecretVersion>>;

export class CachedReader {
  readonly #options: CachedReaderOptions;

  constructor(options: CachedReaderOptions) {
    this.#options = options;
  }

  /** Calls `onShared` if the answer causes no call to AWS. */
  answer(requested: KeyedReference, request: RequestOptions, onShared: () => void): Answer {
    const { breakers, registry, answerRecorder } = this.#options;
    const knownAnswer = request.maxAge > 0 ? this.#knownAnswer(requested, request) : undefined;
    if (knownAnswer !== undefined) {
      onShared();
      return knownAnswer;
    }
    const namespace = request.reconcile === undefined ? undefined : namespaceOf(request.reconcile.dependant);
    const breaker = breakers.openBreakerOf(requested.reference, namespace);
    if (breaker === undefined) return this.#read(requested, request, onShared);
    onShared();
    // Recorded like an answer, so that the reference is retried as soon as the breaker permits it.
    const order = registry.find(requested.key)?.readOrder ?? 0;
    return answerRecorder.record({ ...requested, outcome: failed(breaker.failure), order, wanted: true });
  }

  #knownAnswer({ key, reference }: KeyedReference, { maxAge }: RequestOptions): Outcome<SecretVersion> | undefined {
    const { clock, registry, cache } = this.#options;
    const tracked = registry.find(key);
    if (tracked?.observation.kind === 'failed' && clock.monotonic() < tracked.retryAt) return failed(tracked.observation.failure);
    const cached = cache.get(key, isPinned(reference) ? ms(Number.POSITIVE_INFINITY) : maxAge);
    return cached === undefined ? undefined : ok(cached);
  }

  #read(requested: KeyedReference, { maxAge, reconcile }: RequestOptions, onShared: () => void): Answer {
    const { reader } = this.#options;
    const request = { fresh: maxAge <= 0, wanted: true };
    if (reader.isShared(requested.key, request.fresh)) onShared();
    if (reconcile === undefined) return reader.read(requested, request);
    const namespace = namespaceOf(reconcile.dependant);
    return reader.read(requested, { ...request, namespace });
  }
}

/** Namespace of the first subscriber: a read for several namespaces counts for one of them. '' without subscribers. */
export function namespaceOfUse(registry: Registry, key: ReferenceKey): string {
  return registry.find(key)?.namespace ?? '';
}
