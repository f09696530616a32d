/**
 * The read of one reconcile. The number of references in flight is limited, so that even values of the largest size stay within the byte limit of the
 * reconcile. The read ends at the first value beyond the limit; the remaining references are not read.
 */
import { fail, type Outcome } from '../../api/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { ReferenceKey } from '../port.ts';
import type { KeyedReference } from '../references/reference-key.ts';

/** Of a secret (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html); a parameter holds 8 KiB at most. */
const LARGEST_VALUE_BYTES = 65_536;

export interface ReconcileReadOptions {
  /** Without duplicates. */
  readonly references: readonly KeyedReference[];
  /** Most bytes of all values of the reconcile together. */
  readonly limit: number;
  readonly read: (asked: KeyedReference) => Outcome<SecretVersion> | Promise<Outcome<SecretVersion>>;
  /** `bytesNeeded` may have become smaller. */
  readonly onProgress: () => void;
}

export class ReconcileRead {
  /** Resolves when the read has ended; rejects when the engine ends, or with a defect. */
  readonly ended: Promise<void>;
  readonly #options: ReconcileReadOptions;
  readonly #settle: { readonly resolve: () => void; readonly reject: (reason: unknown) => void };
  readonly #answers = new Map<ReferenceKey, Outcome<SecretVersion>>();
  #begun = 0;
  #underWay = 0;
  #bytes = 0;
  #dropped = false;
  #hasEnded = false;

  constructor(options: ReconcileReadOptions) {
    this.#options = options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // The caller may have given up before the promise is rejected.
    promise.catch(() => undefined);
    this.ended = promise;
    this.#settle = { resolve, reject };
  }

  /** Starts the read. Call it once. */
  begin(): void {
    this.#goOn();
  }

  /** The caller needs no answers any more: no further reference is read. */
  drop(): void {
    this.#dropped = true;
    this.#answers.clear();
    this.#endIfDone();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The most bytes that the read holds now or may hold later. */
  get need(): number {
    const { references, limit } = this.#options;
    const open = this.#isStopped ? this.#underWay : references.length - this.#begun + this.#underWay;
    const held = this.#dropped ? 0 : this.#bytes;
    return Math.max(Math.min(held + open * LARGEST_VALUE_BYTES, limit), held);
  }

  /** Number of references whose read has not started. */
  get unasked(): number {
    return this.#options.references.length - this.#begun;
  }

  /** One answer for each reference, after the read has ended. The read keeps no values afterwards. */
  take(): ReadonlyMap<ReferenceKey, Outcome<SecretVersion>> {
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
    return this.#dropped || this.#bytes > this.#options.limit;
  }

  get #mayBegin(): boolean {
    if (this.#begun === this.#options.references.length || this.#isStopped) return false;
    // One reference alone may always start: the size of its value is not known before.
    return this.#underWay === 0 || this.#bytes + (this.#underWay + 1) * LARGEST_VALUE_BYTES <= this.#options.limit;
  }

  #goOn(): void {
    while (this.#mayBegin) {
      const asked = this.#options.references[this.#begun];
      if (asked === undefined) break;
      this.#begun += 1;
      try {
        const outcome = this.#options.read(asked);
        if (outcome instanceof Promise) void this.#await(asked, outcome);
        else this.#note(asked, outcome);
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#endIfDone();
  }

  async #await(asked: KeyedReference, answer: Promise<Outcome<SecretVersion>>): Promise<void> {
    this.#underWay += 1;
    try {
      this.#note(asked, await answer);
    } catch (error) {
      this.#fail(error);
    }
    this.#underWay -= 1;
    this.#goOn();
    this.#options.onProgress();
  }

  /** No further reference is read. */
  #fail(error: unknown): void {
    this.#dropped = true;
    this.#settle.reject(error);
  }

  #note({ key }: KeyedReference, outcome: Outcome<SecretVersion>): void {
    if (this.#dropped) return;
    if (outcome.ok) this.#bytes += outcome.value.value.size;
    this.#answers.set(key, outcome);
  }

  #endIfDone(): void {
    const isDone = this.#isStopped || this.#begun === this.#options.references.length;
    if (this.#hasEnded || this.#underWay > 0 || !isDone) return;
    this.#hasEnded = true;
    this.#settle.resolve();
  }
}
