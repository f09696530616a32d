/**
 * Reads parameters in batches if possible. One name that is denied or cannot be decrypted fails the whole GetParameters call. Then the call
 * is split in halves until all other parameters are read. One object serves one batch.
 */
import type { Outcome } from '../../api/failure.ts';
import { isAboutOne } from '../failure/errors.ts';
import type { BatchResult, SecretVersion, VersionReference } from '../port.ts';

type Results = readonly Outcome<SecretVersion>[];

export interface ParameterCalls {
  readonly one: (reference: VersionReference) => Promise<Outcome<SecretVersion>>;
  /** One result for each reference, in order. Undefined for a reference without an answer. */
  readonly many: (references: readonly VersionReference[]) => Promise<Outcome<readonly (Outcome<SecretVersion> | undefined)[]>>;
}

export class ParameterBatch {
  readonly #calls: ParameterCalls;
  #made = 0;

  constructor(calls: ParameterCalls) {
    this.#calls = calls;
  }

  /**
   * For ten references of which none can be read: at most 9 batch calls, and one single call for each. References in `alone` are in no
   * batch call.
   */
  async read(references: readonly VersionReference[], alone: ReadonlySet<VersionReference>): Promise<BatchResult> {
    const together = references.filter((reference) => !alone.has(reference));
    const answers = await this.#together(together);
    if (answers === 'batch-denied') return { kind: 'batch-denied' };
    const answered = new Map(together.map((reference, index) => [reference, answers[index]]));
    const results: Outcome<SecretVersion>[] = [];
    for (const reference of references) results.push(answered.get(reference) ?? (await this.#one(reference)));
    return { kind: 'answered', results, furtherCalls: this.#made - 1 };
  }

  async #together(references: readonly VersionReference[]): Promise<Results | 'batch-denied'> {
    const [first, ...others] = references;
    if (first === undefined) return [];
    if (others.length === 0) return [await this.#one(first)];
    const answer = await this.#many(references);
    if (!answer.ok) return isAboutOne(answer.failure) ? this.#inHalves(references) : references.map(() => answer);
    const results: Outcome<SecretVersion>[] = [];
    for (const [index, reference] of references.entries()) results.push(answer.value[index] ?? (await this.#one(reference)));
    return results;
  }

  async #inHalves(references: readonly VersionReference[]): Promise<Results | 'batch-denied'> {
    const middle = references.length >> 1;
    const left = await this.#together(references.slice(0, middle));
    if (left === 'batch-denied') return left;
    const trouble = left.find((outcome) => !outcome.ok && !isAboutOne(outcome.failure));
    // AWS throttles or is not available, so further calls would fail too.
    if (trouble !== undefined) return [...left, ...references.slice(middle).map(() => trouble)];
    const right = await this.#together(references.slice(middle));
    if (right === 'batch-denied') return right;
    const results = [...left, ...right];
    return (await this.#isDenied(references, results)) ? 'batch-denied' : results;
  }

  /** If two parameters can be read one by one but not together, the identity lacks the permission for GetParameters. */
  async #isDenied(references: readonly VersionReference[], results: Results): Promise<boolean> {
    if (references.length !== 2 || !results.every(isPermitted)) return false;
    const again = await this.#many(references);
    return !again.ok && again.failure.reason === 'AccessDenied';
  }

  #one(reference: VersionReference): Promise<Outcome<SecretVersion>> {
    this.#made += 1;
    return this.#calls.one(reference);
  }

  #many(references: readonly VersionReference[]): ReturnType<ParameterCalls['many']> {
    this.#made += 1;
    return this.#calls.many(references);
  }
}

function isPermitted(outcome: Outcome<SecretVersion>): boolean {
  return outcome.ok || outcome.failure.reason === 'RemoteSecretNotFound';
}
