/**
 * Reads parameters in batches if possible. One name that is denied or cannot be decrypted fails the whole GetParameters call. Then the call
 * is split in halves until all other parameters are read. One object serves one batch.
 */
import type { Outcome } from '../../failure/failure.ts';
import { inHalves, type NonEmpty } from '../../base/halves.ts';
import { isAboutOne } from '../failure/errors.ts';
import type { BatchResult, SecretVersion, VersionReference } from '../port.ts';

type Results = readonly Outcome<SecretVersion>[];

/** One result for each reference of a part. mayHalve: the call for all of them has failed because of one. */
type PartAnswer = { readonly results: Results; readonly mayHalve: boolean } | 'batch-denied';

export interface ParameterCalls {
  readonly one: (reference: VersionReference) => Promise<Outcome<SecretVersion>>;
  /** One result for each reference, in order. Undefined for a reference without an answer. */
  readonly many: (references: readonly VersionReference[]) => Promise<Outcome<readonly (Outcome<SecretVersion> | undefined)[]>>;
}

export class ParameterBatch {
  readonly #calls: ParameterCalls;
  #made = 0;
  /** A failure that further calls would share. */
  #end: Outcome<SecretVersion> | 'batch-denied' | undefined;

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

  async #together([first, ...others]: readonly VersionReference[]): Promise<Results | 'batch-denied'> {
    if (first === undefined) return [];
    const results: Outcome<SecretVersion>[] = [];
    const parts = await inHalves([first, ...others], (part) => this.#part(part), mayHalve);
    for (const part of parts) {
      if (part === 'batch-denied') return part;
      results.push(...part.results);
    }
    return results;
  }

  /** What has ended the batch answers the parts that follow. */
  async #part(references: NonEmpty<VersionReference>): Promise<PartAnswer> {
    const end = this.#end;
    if (end !== undefined) return end === 'batch-denied' ? end : { results: references.map(() => end), mayHalve: false };
    const answer = await this.#call(references);
    // AWS throttles or is not available, so the remaining calls would fail, too.
    this.#end = answer === 'batch-denied' ? answer : answer.results.find((outcome) => !outcome.ok && !isAboutOne(outcome.failure));
    return answer;
  }

  async #call(references: NonEmpty<VersionReference>): Promise<PartAnswer> {
    if (references.length === 1) return { results: [await this.#one(references[0])], mayHalve: false };
    const answer = await this.#many(references);
    if (!answer.ok && isAboutOne(answer.failure) && references.length === 2) return this.#apart(references);
    if (!answer.ok) return { results: references.map(() => answer), mayHalve: isAboutOne(answer.failure) };
    const results: Outcome<SecretVersion>[] = [];
    for (const [index, reference] of references.entries()) results.push(answer.value[index] ?? (await this.#one(reference)));
    return { results, mayHalve: false };
  }

  /** If two parameters can be read one by one but not together, the identity lacks the permission for GetParameters. */
  async #apart(references: NonEmpty<VersionReference>): Promise<PartAnswer> {
    const results: Outcome<SecretVersion>[] = [];
    for (const reference of references) {
      const trouble = results.find((outcome) => !outcome.ok && !isAboutOne(outcome.failure));
      results.push(trouble ?? (await this.#one(reference)));
    }
    if (!results.every(isPermitted)) return { results, mayHalve: false };
    const again = await this.#many(references);
    return !again.ok && again.failure.reason === 'AccessDenied' ? 'batch-denied' : { results, mayHalve: false };
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

function mayHalve(answer: PartAnswer): boolean {
  return answer !== 'batch-denied' && answer.mayHalve;
}

function isPermitted(outcome: Outcome<SecretVersion>): boolean {
  return outcome.ok || outcome.failure.reason === 'RemoteSecretNotFound';
}
