/**
 * Records an answer: checks whether it is stale, caches its value, computes the retry of a failure, and updates the registry, which notifies the
 * dependants.
 */
import { identityKey } from '../../../aws/credentials/identity.ts';
import type { Outcome } from '../../../failure/failure.ts';
import { isAboutOne } from '../../../aws/failure/errors.ts';
import type { SecretVersion } from '../../../aws/port.ts';
import { type Clock, type Ms, ms } from '../../../base/time/clock.ts';
import type { StaleAnswerCheck } from './stale-answer-check.ts';
import type { ValueCache } from './value-cache.ts';
import type { SourceBreakers } from '../../limits/breakers/source-breakers.ts';
import type { ReferenceKey, RemoteReference } from '../../port.ts';
import type { PreviousStages } from './previous-stages.ts';
import type { Answer } from '../read-coalescer-options.ts';
import type { Registry } from '../../references/registry.ts';
import type { TrackedReference } from '../../references/tracked-reference.ts';
import type { SharedRetries } from '../../limits/retries/shared-retries.ts';

export interface AnswerRecorderOptions {
  readonly clock: Clock;
  readonly cache: ValueCache;
  readonly registry: Registry;
  readonly breakers: SourceBreakers;
  readonly staleAnswerCheck: StaleAnswerCheck;
  readonly retries: SharedRetries;
  readonly previous: PreviousStages;
  /** A value was cached; the cache must be cleaned at `expiry` (monotonic). */
  readonly onKept: (expiry: number) => void;
}

export class AnswerRecorder {
  readonly #options: AnswerRecorderOptions;
  #valuesRead = 0;

  constructor(options: AnswerRecorderOptions) {
    this.#options = options;
  }

  /** Number of values that were read for callers that waited for them. */
  get valuesRead(): number {
    return this.#valuesRead;
  }

  /** The result for the waiters. A promise only if AWS must be called again. */
  record(answer: Answer): Outcome<SecretVersion> | Promise<Outcome<SecretVersion>> {
    const { staleAnswerCheck, registry } = this.#options;
    const accepted = staleAnswerCheck.accepted(answer.outcome, registry.find(answer.key));
    return accepted instanceof Promise ? accepted.then((outcome) => this.#record(answer, outcome)) : this.#record(answer, accepted);
  }

  #record(answer: Answer, outcome: Outcome<SecretVersion>): Outcome<SecretVersion> {
    const { registry, previous } = this.#options;
    const { key, reference, order, age = ms(0) } = answer;
    const tracked = registry.find(key);
    // A slow answer must not overwrite the answer of a later call.
    if (order < (tracked?.readOrder ?? 0)) return outcome;
    const before = tracked?.observation;
    if (outcome.ok) this.#recordValue(answer, outcome.value, tracked);
    else this.#options.cache.drop(key);
    registry.record(answer, { outcome, order, age, retryAt: (failures) => this.#retryAt(reference, outcome, failures) });
    previous.answerRecorded(key, before);
    return outcome;
  }

  #recordValue({ key, age = ms(0), wanted }: Answer, version: SecretVersion, tracked: TrackedReference | undefined): void {
    this.#cache(key, version, age, wanted || tracked?.isChange(version.versionId) === true);
    if (wanted) this.#valuesRead += 1;
    this.#options.previous.currentRead(key, version);
  }

  /** `needed`: a caller waits for the value, or a dependant is about to be notified and will request it. Other values are not cached. */
  #cache(key: ReferenceKey, version: SecretVersion, age: Ms, needed: boolean): void {
    const { cache, onKept } = this.#options;
    if (!needed) {
      cache.confirm(key, version.versionId, age);
      return;
    }
    cache.put(key, version, age);
    onKept(cache.nextExpiry ?? Number.POSITIVE_INFINITY);
  }

  #retryAt(reference: RemoteReference, outcome: Outcome<SecretVersion>, failures: number): number {
    const { clock, breakers, retries } = this.#options;
    const now = clock.monotonic();
    if (outcome.ok) return now;
    const breaker = isAboutOne(outcome.failure) ? undefined : breakers.openBreakerOf(reference);
    return breaker?.until ?? retries.next(identityKey(reference.identity), outcome.failure, failures, now);
  }
}
