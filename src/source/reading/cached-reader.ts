/**
 * Answers a reference from the first source that has an answer: a known failure whose retry is not due, a cached value, an open circuit breaker, a read.
 */
import type { Outcome } from '../../api/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import { type Clock, ms } from '../../base/clock.ts';
import { failed, ok } from '../../base/result.ts';
import type { ValueCache } from './value-cache.ts';
import type { AnswerRecorder } from './answer-recorder.ts';
import type { SourceBreakers } from '../limits/source-breakers.ts';
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

type Wish = Pick<ReadOptions, 'maxAge' | 'round'>;
type Answer = Outcome<SecretVersion> | Promise<Outcome<SecretVersion>>;

export class CachedReader {
  readonly #options: CachedReaderOptions;

  constructor(options: CachedReaderOptions) {
    this.#options = options;
  }

  /** Calls `onShared` if the answer causes no call to AWS of its own. */
  answer(asked: KeyedReference, wish: Wish, onShared: () => void): Answer {
    const { breakers, registry, answerRecorder } = this.#options;
    const known = wish.maxAge > 0 ? this.#known(asked, wish) : undefined;
    if (known !== undefined) {
      onShared();
      return known;
    }
    const namespace = wish.round === undefined ? undefined : namespaceOf(wish.round.dependant);
    const open = breakers.closed(asked.reference.identity, namespace);
    if (open === undefined) return this.#read(asked, wish, onShared);
    onShared();
    // Recorded like an answer, so that the reference is retried as soon as the breaker permits it.
    const order = registry.find(asked.key)?.readOrder ?? 0;
    return answerRecorder.record({ ...asked, outcome: failed(open.failure), order, wanted: true });
  }

  #known({ key, reference }: KeyedReference, { maxAge }: Wish): Outcome<SecretVersion> | undefined {
    const { clock, registry, cache } = this.#options;
    const tracked = registry.find(key);
    if (tracked?.observation.kind === 'failed' && clock.monotonic() < tracked.retryAt) return failed(tracked.observation.failure);
    const kept = cache.get(key, isPinned(reference) ? ms(Number.POSITIVE_INFINITY) : maxAge);
    return kept === undefined ? undefined : ok(kept);
  }

  #read(asked: KeyedReference, { maxAge, round }: Wish, onShared: () => void): Answer {
    const { reader } = this.#options;
    const wish = { fresh: maxAge <= 0, wanted: true };
    if (reader.isShared(asked.key, wish.fresh)) onShared();
    if (round === undefined) return reader.read(asked, wish);
    const namespace = namespaceOf(round.dependant);
    return reader.read(asked, { ...wish, namespace });
  }
}

/** Namespace of the first subscriber: a read for several namespaces counts for one of them. '' without subscribers. */
export function namespaceOfUse(registry: Registry, key: ReferenceKey): string {
  return registry.find(key)?.namespace ?? '';
}
