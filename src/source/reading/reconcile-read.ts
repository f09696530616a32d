/**
 * The read of one reconcile. The number of references in flight is limited, so that even values of the maximum size stay within the byte
 * limit of the reconcile. The read ends at the first value beyond the limit; the remaining references are not read.
 */
import { fail, type Outcome } from '../../failure/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { ReferenceKey } from '../port.ts';
import type { KeyedReference } from '../references/reference-key.ts';

/**
 * Maximum size of a secret (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html). A parameter has at most 8
 * KiB.
 */
const LARGEST_VALUE_BYTES = 65_536;

export interface ReconcileReadOptions {
  /** Without duplicates. */
  readonly references: readonly KeyedReference[];
  /** Maximum bytes of all values of the reconcile together. */
  readonly limit: number;
  readonly read: (requested: KeyedReference) => Outcome<SecretVersion> | Promise<Outcome<SecretVersion>>;
  /** `bytesNeeded` may have become smaller. */
  readonly onProgress: () => void;
}

export class ReconcileRead {
  /** Resolves when the read has ended; rejects when the engine ends, or with a defect. */
  readonly ended: Promise<void>;
  readonly #options: ReconcileReadOptions;
  readonly #completion: { readonly resolve: () => void; readonly reject: (reason: unknown) => void };
  readonly #answers = new Map<ReferenceKey, Outcome<SecretVersion>>();
  #startedCount = 0;
  #inFlight = 0;
  #bytes = 0;
  #isCancelled = false;
  #hasEnded = false;

  constructor(options: ReconcileReadOptions) {
    this.#options = options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // The caller may have stopped waiting before the promise is rejected.
    promise.catch(() => undefined);
    this.ended = promise;
    this.#completion = { resolve, reject };
  }

  /** Starts the read. Call it once. */
  start(): void {
    this.#startNext();
  }

  /** The caller needs no further answers, so no further reference is read. */
  cancel(): void {
    this.#isCancelled = true;
    this.#answers.clear();
    this.#endIfDone();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Maximum number of bytes that the read has now or may have later. */
  get bytesNeeded(): number {
    const { references, limit } = this.#options;
    const unanswered = this.#isStopped ? this.#inFlight : references.length - this.#startedCount + this.#inFlight;
    const held = this.#isCancelled ? 0 : this.#bytes;
    return Math.max(Math.min(held + unanswered * LARGEST_VALUE_BYTES, limit), held);
  }

  /** Number of references whose read has not started. */
  get notStarted(): number {
    return this.#options.references.length - this.#startedCount;
  }

  /** One answer for each reference, after the read has ended. After this call the read keeps no values. */
  takeAnswers(): ReadonlyMap<ReferenceKey, Outcome<SecretVersion>> {
    const { references, limit } = this.#options;
    const answers = new Map(this.#answers);
    this.#answers.clear();
    const mebibytes = Math.round(limit / 1024 / 1024);
    const exceeded = fail(
      'SecretTooLarge',
      `the values to be read are more than ${mebibytes} MiB together, each counted whole even where one property is taken`,
    );
    for (const { key } of references) if (!answers.has(key)) answers.set(key, exceeded);
    return answers;
  }

  get #isStopped(): boolean {
    return this.#isCancelled || this.#bytes > this.#options.limit;
  }

  get #mayStartNext(): boolean {
    if (this.#startedCount === this.#options.references.length || this.#isStopped) return false;
    // A single reference may always start, because the size of its value is unknown.
    return this.#inFlight === 0 || this.#bytes + (this.#inFlight + 1) * LARGEST_VALUE_BYTES <= this.#options.limit;
  }

  #startNext(): void {
    while (this.#mayStartNext) {
      const requested = this.#options.references[this.#startedCount];
      if (requested === undefined) break;
      this.#startedCount += 1;
      try {
        const outcome = this.#options.read(requested);
        if (outcome instanceof Promise) void this.#awaitAnswer(requested, outcome);
        else this.#addAnswer(requested, outcome);
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#endIfDone();
  }

  async #awaitAnswer(requested: KeyedReference, answer: Promise<Outcome<SecretVersion>>): Promise<void> {
    this.#inFlight += 1;
    try {
      this.#addAnswer(requested, await answer);
    } catch (error) {
      this.#fail(error);
    }
    this.#inFlight -= 1;
    this.#startNext();
    this.#options.onProgress();
  }

  /** No further reference is read. */
  #fail(error: unknown): void {
    this.#isCancelled = true;
    this.#completion.reject(error);
  }

  #addAnswer({ key }: KeyedReference, outcome: Outcome<SecretVersion>): void {
    if (this.#isCancelled) return;
    if (outcome.ok) this.#bytes += outcome.value.value.size;
    this.#answers.set(key, outcome);
  }

  #endIfDone(): void {
    const isDone = this.#isStopped || this.#startedCount === this.#options.references.length;
    if (this.#hasEnded || this.#inFlight > 0 || !isDone) return;
    this.#hasEnded = true;
    this.#completion.resolve();
  }
}
