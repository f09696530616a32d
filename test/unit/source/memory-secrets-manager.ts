// The interface to Secrets Manager in memory: versions by secret, failures on request, and a record of calls.
import { fail, type Failure, failure, type Outcome } from '../../../src/failure/failure.ts';
import type { FailureReason } from '../../../src/failure/reasons.ts';
import { batchSize } from '../../../src/aws/batch-calls.ts';
import { type Identity, identityKey } from '../../../src/aws/credentials/identity.ts';
import { parameterId } from '../../../src/aws/parameter-store/parameter-id.ts';
import type {
  BatchResult,
  FoundPage,
  SecretFinder,
  SecretReader,
  SecretVersion,
  VersionReference,
  VersionSelector,
} from '../../../src/aws/port.ts';
import { versionOfTags } from '../../../src/aws/tags.ts';
import { ms } from '../../../src/base/time/clock.ts';
import { failed, ok } from '../../../src/base/result.ts';
import { SecretValue } from '../../../src/base/secret-value.ts';
import type { FakeClock } from '../../support/fake-clock.ts';

export interface RecordedCall {
  readonly at: number;
  readonly batch: boolean;
  readonly identity: string;
  readonly ids: readonly string[];
}

export class MemorySecretsManager implements SecretReader, SecretFinder {
  readonly calls: RecordedCall[] = [];
  /** By secret id; also `*`. */
  readonly failures = new Map<string, Failure>();
  /** The next answers of single reads, in this order, whatever the present version is. */
  readonly scripted: Outcome<SecretVersion>[] = [];
  batchDenied = false;
  /** Names on a page of a query. */
  pageSize = 2;
  /** Milliseconds that each answer takes. */
  latency = 0;
  /** Ids without an answer of AWS; a batch with one of them gets none either. */
  readonly poisoned = new Set<string>();
  readonly #failuresAs = new Map<string, Failure>();
  /** While set, calls of this identity wait for it. */
  readonly holds = new Map<string, Promise<void>>();
  /** Bytes of a secret's value, where they matter. */
  readonly sizes = new Map<string, number>();
  readonly #clock: FakeClock;
  readonly #secrets = new Map<string, { current: number; readonly created: number[] }>();

  readonly #tags = new Map<string, Readonly<Record<string, string>>>();

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** Makes a new current version; the first is v1. */
  put(...ids: readonly string[]): void {
    for (const id of ids) {
      const secret = this.#secrets.get(id) ?? { current: 0, created: [] };
      secret.created.push(this.#clock.now());
      this.#secrets.set(id, { ...secret, current: secret.created.length });
    }
  }

  /** Moves AWSCURRENT to this version, as UpdateSecretVersionStage does. */
  moveLabel(id: string, versionId: string): void {
    const secret = this.#secrets.get(id);
    if (secret === undefined) throw new RangeError(`no secret ${id}`);
    secret.current = Number(versionId.slice(1));
  }

  /** Replaces its tags. */
  tag(id: string, tags: Readonly<Record<string, string>>): void {
    this.#tags.set(id, tags);
  }

  fail(id: string, reason: FailureReason, message = `${reason} of ${id}`): void {
    this.failures.set(id, failure(reason, message));
  }

  /** Whatever this identity reads. */
  failAs(identity: Identity, planted: Failure): void {
    this.#failuresAs.set(identityKey(identity), planted);
  }

  /** Its calls wait for `held`. */
  holdAs(identity: Identity, held: Promise<void>): void {
    this.holds.set(identityKey(identity), held);
  }

  /** It fails no more. */
  heal(identity: Identity): void {
    this.#failuresAs.delete(identityKey(identity));
  }

  async read(identity: Identity, secretId: string, version: VersionSelector, signal: AbortSignal): Promise<Outcome<SecretVersion>> {
    await this.#call(false, identity, [secretId], signal);
    return this.scripted.shift() ?? this.#whole(identity, [secretId]) ?? this.#answer(secretId, version);
  }

  async readBatch(identity: Identity, references: readonly VersionReference[], signal: AbortSignal): Promise<BatchResult> {
    if (references.some(({ version }) => version.kind === 'tags')) throw new RangeError('no batch call tells tags');
    await this.#call(true, identity, references.map(parameterId), signal);
    if (this.batchDenied) return { kind: 'batch-denied' };
    const ids = references.map(({ secretId }) => secretId);
    return {
      kind: 'answered',
      results: references.map(({ secretId, version }) => this.#whole(identity, ids) ?? this.#answer(secretId, version)),
    };
  }

  async findPage(identity: Identity, path: string, page: string | undefined, signal: AbortSignal): Promise<Outcome<FoundPage>> {
    await this.#call(false, identity, [path], signal);
    const planted = this.failures.get(path) ?? this.failures.get('*');
    if (planted !== undefined) return failed(planted);
    const from = Number(page ?? 0);
    const names = [...this.#secrets.keys()].filter((name) => name.startsWith(path));
    const found = names.slice(from, from + this.pageSize).map((name) => ({ name, arn: versionOf(name, 'v1', 0).arn }));
    const next = from + this.pageSize;
    return this.#whole(identity, [path]) ?? ok({ found, ...(next < names.length && { next: String(next) }) });
  }

  /** Deletes the secret. */
  remove(id: string): void {
    this.#secrets.delete(id);
  }

  /** How often each secret was asked for. */
  get reads(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const id of this.calls.flatMap(({ ids }) => ids)) counts[id] = (counts[id] ?? 0) + 1;
    return counts;
  }

  /** Times (ms since the start) at which a secret was asked for. */
  timesOf(secretId: string): readonly number[] {
    return this.calls.filter(({ ids }) => ids.includes(secretId)).map(({ at }) => at);
  }

  async #call(batch: boolean, identity: Identity, ids: readonly string[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (new Set(ids).size !== ids.length || ids.length > batchSize(identity.service) || ids.length === 0)
      throw new RangeError('not a call that AWS would take');
    this.calls.push({ at: this.#clock.monotonic(), batch, identity: identityKey(identity), ids });
    await this.holds.get(identityKey(identity));
    if (this.latency > 0) await this.#clock.sleep(ms(this.latency), signal);
  }

  /** The failure of the whole call, if there is one. */
  #whole(identity: Identity, ids: readonly string[]): Outcome<never> | undefined {
    const planted = this.#failuresAs.get(identityKey(identity));
    if (planted !== undefined) return failed(planted);
    return ids.some((id) => this.poisoned.has(id)) ? fail('AWSUnavailable', 'gave no usable answer') : undefined;
  }

  #answer(secretId: string, selector: VersionSelector): Outcome<SecretVersion> {
    const planted = this.failures.get(secretId) ?? this.failures.get('*');
    if (planted !== undefined) return failed(planted);
    const secret = this.#secrets.get(secretId);
    if (secret === undefined) return fail('RemoteSecretNotFound', `secret "${secretId}" was not found`);
    if (selector.kind === 'tags') {
      const tags = Object.entries(this.#tags.get(secretId) ?? {}).map(([Key, Value]) => ({ Key, Value }));
      return ok(versionOfTags({ arn: '', name: secretId }, tags));
    }
    const versionId = selector.kind === 'id' ? selector.id : `v${secret.current}`;
    const number = Number(versionId.slice(1));
    const created = secret.created[number - 1];
    if (created === undefined) return fail('RemoteSecretNotFound', `secret "${secretId}" was not found`);
    const version = versionOf(secretId, versionId, created, number === secret.current ? ['AWSCURRENT'] : ['AWSPREVIOUS']);
    const size = this.sizes.get(secretId);
    return ok(size === undefined ? version : { ...version, value: SecretValue.ofText('c'.repeat(size)) });
  }
}

export function versionOf(secretId: string, versionId: string, created: number, stages: readonly string[] = ['AWSCURRENT']): SecretVersion {
  return {
    arn: `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${secretId}-AbCdEf`,
    name: secretId,
    versionId,
    stages,
    createdDate: new Date(created).toISOString(),
    value: SecretValue.ofText(`canary-${secretId}@${versionId}`),
  };
}
