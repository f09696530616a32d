/** The engine's interface over values in memory. The next read returns a new value; `refresh` notifies subscribers, like a due refresh. */
import { fail, type Outcome } from '../../../src/failure/failure.ts';
import type { FailureReason } from '../../../src/failure/reasons.ts';
import type { SecretVersion } from '../../../src/aws/port.ts';
import { type Ms, ms } from '../../../src/base/time/clock.ts';
import { ok } from '../../../src/base/result.ts';
import { SecretValue } from '../../../src/base/secret-value.ts';
import type {
  DependantKey,
  Interest,
  Observation,
  ReadOptions,
  ReferenceKey,
  RemoteReference,
  SecretSource,
} from '../../../src/source/port.ts';
import { referenceKey } from '../../../src/source/references/reference-key.ts';

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
  /** Whether reads are answered with what was read last, as from a cache. */
  keeps = false;
  /** How long nothing can be asked. */
  closed = ms(0);
  /** Whether rounds wait for the rate of their namespace. */
  heldBack = false;
  readonly subscriptions = new Map<DependantKey, readonly Interest[]>();
  readonly #values: MemoryValues;
  readonly #now: () => Ms;
  readonly #observed = new Map<ReferenceKey, Observation>();
  readonly #answered = new Map<ReferenceKey, { readonly outcome: Outcome<SecretVersion>; readonly at: Ms }>();

  constructor(values: MemoryValues, now: () => Ms) {
    this.#values = values;
    this.#now = now;
  }

  read(references: readonly RemoteReference[], { signal }: ReadOptions): Promise<ReadonlyMap<ReferenceKey, Outcome<SecretVersion>>> {
    signal.throwIfAborted();
    if (this.heldBack) return Promise.resolve(new Map());
    const distinct = new Map(references.map((reference) => [referenceKey(reference), reference]));
    this.reads += distinct.size;
    const kept = (key: ReferenceKey): Outcome<SecretVersion> | undefined => (this.keeps ? this.#answered.get(key)?.outcome : undefined);
    return Promise.resolve(new Map([...distinct].map(([key, reference]) => [key, kept(key) ?? this.#ask(key, reference)])));
  }

  endReconcile(): void {}

  isHeldBack(): boolean {
    return this.heldBack;
  }

  retrySoon(): Ms {
    return this.closed;
  }

  observe(reference: RemoteReference): Observation {
    return this.#observed.get(referenceKey(reference)) ?? { kind: 'unknown' };
  }

  subscribe(dependant: DependantKey, interests: readonly Interest[]): void {
    if (interests.length === 0) this.subscriptions.delete(dependant);
    else this.subscriptions.set(dependant, interests);
  }

  confirmedAt(dependant: DependantKey): Ms | undefined {
    const times = (this.subscriptions.get(dependant) ?? []).map(({ reference }) => this.#answered.get(referenceKey(reference))?.at);
    return times.includes(undefined) || times.length === 0 ? undefined : ms(Math.min(...times.map((at) => at ?? 0)));
  }

  /** Reads all that somebody wants refreshed; gives the dependants that have to look again. */
  refresh(): readonly DependantKey[] {
    const before = new Map(this.#observed);
    for (const { reference, refreshInterval } of [...this.subscriptions.values()].flat()) {
      if (refreshInterval !== undefined) this.#ask(referenceKey(reference), reference);
    }
    return [...this.subscriptions].flatMap(([dependant, interests]) => {
      const news = interests.some((interest) => this.#isNews(interest, before.get(referenceKey(interest.reference))));
      return news ? [dependant] : [];
    });
  }

  #isNews({ reference, heldVersionId, refreshInterval }: Interest, before: Observation | undefined): boolean {
    const after = this.observe(reference);
    if (refreshInterval === undefined) {
      return after.kind === 'version' && (before?.kind !== 'version' || before.versionId !== after.versionId);
    }
    return after.kind === 'version' ? after.versionId !== heldVersionId || before?.kind === 'failed' : before?.kind !== 'failed';
  }

  #ask(key: ReferenceKey, reference: RemoteReference): Outcome<SecretVersion> {
    const answer = this.#values.read(reference.secretId);
    const observation: Observation = answer.ok
      ? { kind: 'version', versionId: answer.value.versionId }
      : { kind: 'failed', failure: answer.failure, since: ms(0) };
    this.#observed.set(key, observation);
    if (answer.ok) this.#answered.set(key, { outcome: answer, at: this.#now() });
    return answer;
  }
}
