/**
 * What one round reads: no more references are under way than could all hold the largest value without exceeding the limit of the round. The read
 * ends at the first value beyond the limit, and the rest is not asked for.
 */
import { fail, type Outcome } from '../../api/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { ReferenceKey } from '../port.ts';
import type { KeyedReference } from '../references/reference-key.ts';

/** Of a secret (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html); a parameter holds 8 KiB at most. */
const LARGEST_VALUE_BYTES = 65_536;

export interface ReconcileReadOptions {
  /** Distinct. */
  readonly references: readonly KeyedReference[];
  /** Most bytes of all values together. */
  readonly limit: number;
  readonly read: (asked: KeyedReference) => Outcome<SecretVersion> | Promise<Outcome<SecretVersion>>;
  /** How many bytes it may come to hold is less than before. */
  readonly onProgress: () => void;
}

export class ReconcileRead {
  /** Resolves with one result for each reference; rejects when the engine ends, or with a defect. */
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
    // Nobody may be waiting when it is rejected.
    promise.catch(() => undefined);
    this.ended = promise;
    this.#settle = { resolve, reject };
  }

  /** To be called once. */
  begin(): void {
    this.#goOn();
  }

  /** Nobody wants the answers any more: nothing further is asked for. */
  drop(): void {
    this.#dropped = true;
    this.#answers.clear();
    this.#endIfDone();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The most bytes that it holds now or may come to hold. */
  get need(): number {
    const { references, limit } = this.#options;
    const open = this.#isStopped ? this.#underWay : references.length - this.#begun + this.#underWay;
    const held = this.#dropped ? 0 : this.#bytes;
    return Math.max(Math.min(held + open * LARGEST_VALUE_BYTES, limit), held);
  }

  /** How many references were not asked for yet. */
  get unasked(): number {
    return this.#options.references.length - this.#begun;
  }

  /** One for each reference, once it has ended. The values are handed over. */
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
    // One alone always may: what it holds is not known before.
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

  /** Nothing further is asked for. */
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
