/** The engine's port over values in memory. What is put is seen by the next read; subscribers learn of it with `refresh`, as from a due refresh. */
import { fail, failure, type Outcome } from '../../../src/api/failure.ts';
import type { FailureReason } from '../../../src/api/reasons.ts';
import type { SecretVersion } from '../../../src/aws/port.ts';
import { ms } from '../../../src/base/clock.ts';
import type { Key } from '../../../src/base/key.ts';
import { ok } from '../../../src/base/result.ts';
import { SecretValue } from '../../../src/base/secret-value.ts';
import type { Interest, Observation, ReadOptions, ReferenceKey, RemoteReference, SecretSource } from '../../../src/source/port.ts';
import { referenceKey } from '../../../src/source/reference-key.ts';

/** What AWS holds; it outlives the operator. */
export class MemoryValues {
  readonly #versions = new Map<string, { readonly value: string; readonly version: number }>();
  /** By secret id. */
  readonly failing = new Map<string, FailureReason>();

  /** A new version, also when the value is the same. */
  put(secretId: string, value: string): void {
    this.#versions.set(secretId, { value, version: (this.#versions.get(secretId)?.version ?? 0) + 1 });
  }

  valueOf(secretId: string): string | undefined {
    return this.#versions.get(secretId)?.value;
  }

  read(secretId: string): Outcome<SecretVersion> {
    const reason = this.failing.get(secretId);
    if (reason !== undefined) return fail(reason, `secret "${secretId}" cannot be read`);
    const found = this.#versions.get(secretId);
    if (found === undefined) return fail('RemoteSecretNotFound', `secret "${secretId}" was not found`);
    const { version, value } = found;
    const arn = `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${secretId}-AbCdEf`;
    return ok({ arn, name: secretId, versionId: `v${version}`, stages: ['AWSCURRENT'], value: SecretValue.ofText(value) });
  }
}

export class MemorySource implements SecretSource {
  /** Secrets asked for by reads, refreshes not counted. */
  reads = 0;
  readonly subscriptions = new Map<Key, readonly Interest[]>();
  readonly #values: MemoryValues;
  readonly #observed = new Map<ReferenceKey, Observation>();

  constructor(values: MemoryValues) {
    this.#values = values;
  }

  read(references: readonly RemoteReference[], { signal }: ReadOptions): Promise<ReadonlyMap<ReferenceKey, Outcome<SecretVersion>>> {
    signal.throwIfAborted();
    const distinct = new Map(references.map((reference) => [referenceKey(reference), reference]));
    this.reads += distinct.size;
    return Promise.resolve(new Map([...distinct].map(([key, reference]) => [key, this.#ask(key, reference)])));
  }

  observe(reference: RemoteReference): Observation {
    return this.#observed.get(referenceKey(reference)) ?? { kind: 'unknown' };
  }

  subscribe(dependant: Key, interests: readonly Interest[]): void {
    if (interests.length === 0) this.subscriptions.delete(dependant);
    else this.subscriptions.set(dependant, interests);
  }

  /** Reads all that is subscribed to; gives the dependants that have to look again. */
  refresh(): readonly Key[] {
    return [...this.subscriptions].flatMap(([dependant, interests]) => {
      const news = interests.filter(({ reference, heldVersionId }) => {
        const before = this.observe(reference).kind;
        this.#ask(referenceKey(reference), reference);
        const after = this.observe(reference);
        return after.kind === 'version' ? after.versionId !== heldVersionId || before === 'failed' : before !== 'failed';
      });
      return news.length === 0 ? [] : [dependant];
    });
  }

  #ask(key: ReferenceKey, reference: RemoteReference): Outcome<SecretVersion> {
    const answer = this.#values.read(reference.secretId);
    const observation: Observation = answer.ok
      ? { kind: 'version', versionId: answer.value.versionId }
      : { kind: 'failed', failure: failure(answer.failure.reason, answer.failure.message), since: ms(0) };
    this.#observed.set(key, observation);
    return answer;
  }
}
