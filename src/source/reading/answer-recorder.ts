/**
 * What an answer comes to: whether it is believed, what is kept of its value, when a failure is tried again, and the note in the registry, which
 * tells whom it concerns.
 */
import { identityKey } from '../../aws/credentials/identity.ts';
import type { Outcome } from '../../api/failure.ts';
import { isAboutOne } from '../../aws/failure/errors.ts';
import type { SecretVersion } from '../../aws/port.ts';
import { type Clock, type Ms, ms } from '../../base/clock.ts';
import type { StaleAnswerCheck } from './stale-answers.ts';
import type { ValueCache } from './value-cache.ts';
import type { SourceBreakers } from '../limits/source-breakers.ts';
import type { ReferenceKey, RemoteReference } from '../port.ts';
import type { PreviousStages } from './previous-stages.ts';
import type { Answer } from './read-coalescer-options.ts';
import type { Registry } from '../references/registry.ts';
import type { SharedRetries } from '../limits/shared-retries.ts';

export interface AnswerRecorderOptions {
  readonly clock: Clock;
  readonly cache: ValueCache;
  readonly registry: Registry;
  readonly breakers: SourceBreakers;
  readonly staleAnswerCheck: StaleAnswerCheck;
  readonly retries: SharedRetries;
  readonly previous: PreviousStages;
  /** A value was kept: values leave at this time (monotonic), also when nothing else is due by then. */
  readonly onKept: (expiry: number) => void;
}

export class AnswerRecorder {
  readonly #options: AnswerRecorderOptions;
  #valuesRead = 0;

  constructor(options: AnswerRecorderOptions) {
    this.#options = options;
  }

  /** Values that were read for somebody who waited for them. */
  get valuesRead(): number {
    return this.#valuesRead;
  }

  /** What those who wait get; a promise only where AWS has to be asked again. */
  record(answer: Answer): Outcome<SecretVersion> | Promise<Outcome<SecretVersion>> {
    const { staleAnswerCheck, registry } = this.#options;
    const believed = staleAnswerCheck.believed(answer.outcome, registry.find(answer.key));
    return believed instanceof Promise ? believed.then((outcome) => this.#note(answer, outcome)) : this.#note(answer, believed);
  }

  #note(answer: Answer, outcome: Outcome<SecretVersion>): Outcome<SecretVersion> {
    const { cache, registry, previous } = this.#options;
    const { key, reference, order, age = ms(0), wanted } = answer;
    const tracked = registry.find(key);
    // A slow answer must not undo what a later call has found.
    if (order < (tracked?.readOrder ?? 0)) return outcome;
    if (outcome.ok) this.#keep(key, outcome.value, age, wanted || tracked?.isNews(outcome.value.versionId) === true);
    else cache.drop(key);
    if (outcome.ok && wanted) this.#valuesRead += 1;
    const before = tracked?.observation;
    if (outcome.ok) previous.shown(key, outcome.value);
    registry.note(answer, { outcome, order, age, retryAt: (failures) => this.#retryAt(reference, outcome, failures) });
    previous.noted(key, before);
    return outcome;
  }

  /** `needed`: somebody waits for the value, or it is news for somebody, who is about to ask for it. No other is kept. */
  #keep(key: ReferenceKey, version: SecretVersion, age: Ms, needed: boolean): void {
    const { cache, onKept } = this.#options;
    if (!needed) {
      cache.confirm(key, version.versionId, age);
      return;
    }
    cache.put(key, version, age);
    onKept(cache.nextExpiry ?? Number.POSITIVE_INFINITY);
  }

  #retryAt({ identity }: RemoteReference, outcome: Outcome<SecretVersion>, failures: number): number {
    const { clock, breakers, retries } = this.#options;
    const now = clock.monotonic();
    if (outcome.ok) return now;
    const open = isAboutOne(outcome.failure) ? undefined : breakers.closed(identity);
    return open?.until ?? retries.next(identityKey(identity), outcome.failure, failures, now);
  }
}
