/**
 * Credential Secrets and ServiceAccounts that stores name. An entry is valid while a watch confirms its version. Memory has a limit by
 * namespace. Values stay in SecretValue. Only the named keys of a Secret and the role of a ServiceAccount are kept: both objects can have a
 * megabyte, and a tenant can name hundreds of them. A dropped entry is read again when it is needed.
 */
import { fail, type Outcome } from '../../failure/failure.ts';
import { builtin } from '../../api/object/builtin-types.ts';
import { valueIn, versionOf, type KubeObject, type SecretObject } from '../../api/object/object.ts';
import { isAbort } from '../../base/abort.ts';
import { Limit } from '../../base/sharing/limit.ts';
import { failed, ok } from '../../base/result.ts';
import { SharedMap } from '../../base/sharing/shared-map.ts';
import { SecretValue } from '../../base/secret-value.ts';
import { failureOf } from '../../kube/failure-of.ts';
import type { KubeReader, KubeResult } from '../../kube/port.ts';
import { reducedAccount, type NamespacedRef } from './plan-identity.ts';
import type { CredentialReader, CredentialSecret } from './base-credentials.ts';

/** Longer than any part of an AWS credential, in base64. Session tokens have a few kilobytes. */
const MAX_ENCODED = 16 * 1024;
/** Maximum number of keys of one Secret, for all stores that name it. */
const MAX_KEYS = 64;
/** Maximum number of reads at the same time, because an object can take several megabytes while it is parsed. Namespaces take turns. */
const MAX_READS = 4;
const MIB = 1024 * 1024;
/** Bytes of kept entries. An ordinary Secret takes less than a kilobyte, and a single one always less than the limit of a namespace. */
const KEPT = { total: 16 * MIB, perOwner: 2 * MIB };
/** Size of an entry without its values. */
const AN_ENTRY = 512;

export class CredentialCache implements CredentialReader {
  readonly #client: KubeReader;
  readonly #secrets = new SharedMap<string, CredentialSecret>(KEPT);
  readonly #accounts = new SharedMap<string, KubeObject>(KEPT);
  /** The version of the last read of each object, also of dropped ones. A watch that shows the same version brings no change. */
  readonly #secretVersions = new Map<string, string>();
  readonly #accountVersions = new Map<string, string>();
  /** Reads in progress: after a start, all workers request the same credentials at once. */
  readonly #secretReads: Reads<CredentialSecret> = new Map();
  readonly #accountReads: Reads<KubeObject> = new Map();

  /** Keys that stores name, by Secret. */
  readonly #wanted = new Map<string, Set<string>>();
  readonly #limit = new Limit(MAX_READS);

  constructor(client: KubeReader) {
    this.#client = client;
  }

  async secret(where: NamespacedRef, keys: readonly string[], signal: AbortSignal): Promise<Outcome<CredentialSecret>> {
    const id = idOf(where);
    for (;;) {
      this.#want(id, keys);
      const keep = (secret: CredentialSecret): void => {
        this.#secretVersions.set(id, secret.origin);
        this.#secrets.set(id, secret, where.namespace, sizeOf(secret));
      };
      const kept = { get: () => this.#secrets.get(id), keep };
      const read = await readOnce(id, kept, this.#secretReads, signal, () => this.#readSecret(where, signal));
      if (!read.ok || keys.every((key) => read.value.keys.has(key))) return read;
      // It was read before a store named these keys.
      if (this.#secrets.get(id) === read.value) this.#secrets.delete(id);
    }
  }

  serviceAccount(where: NamespacedRef, signal: AbortSignal): Promise<Outcome<KubeObject>> {
    const id = idOf(where);
    const keep = (account: KubeObject): void => {
      this.#accountVersions.set(id, versionOf(account));
      this.#accounts.set(id, account, where.namespace, AN_ENTRY + JSON.stringify(account).length);
    };
    const kept = { get: () => this.#accounts.get(id), keep };
    return readOnce(id, kept, this.#accountReads, signal, () => this.#readAccount(where, signal));
  }

  #want(id: string, keys: readonly string[]): void {
    const known = this.#wanted.get(id) ?? new Set<string>();
    const wanted = known.size + keys.length > MAX_KEYS ? new Set<string>() : known;
    for (const key of keys) wanted.add(key);
    this.#wanted.set(id, wanted);
  }

  async #readSecret(where: NamespacedRef, signal: AbortSignal): Promise<Outcome<CredentialSecret>> {
    const read = await this.#limit.run(where.namespace, () => this.#client.get<SecretObject>(builtin.secret, where, signal), signal);
    if (!read.ok) return missing(read, 'Secret', where);
    const keys = new Set(this.#wanted.get(idOf(where)));
    return ok({ origin: versionOf(read.value), keys, values: valuesOf(read.value, keys) });
  }

  async #readAccount(where: NamespacedRef, signal: AbortSignal): Promise<Outcome<KubeObject>> {
    const read = await this.#limit.run(where.namespace, () => this.#client.get<KubeObject>(builtin.serviceAccount, where, signal), signal);
    return read.ok ? ok(reducedAccount(read.value)) : missing(read, 'ServiceAccount', where);
  }

  /**
   * A watch has reported `version` (`uid/resourceVersion`; undefined: the object does not exist). True if another version was kept; it is
   * dropped.
   */
  seen(kind: 'Secret' | 'ServiceAccount', where: NamespacedRef, version: string | undefined): boolean {
    const id = idOf(where);
    const { kept, versions, reads } = this.#of(kind);
    // A read in progress may return an older version than the watch.
    reads.delete(id);
    if (versions.get(id) === version) return false;
    versions.delete(id);
    kept.delete(id);
    return true;
  }

  /** No watch confirms the entry any more. */
  forget(kind: 'Secret' | 'ServiceAccount', where: NamespacedRef): void {
    const id = idOf(where);
    const { kept, versions, reads } = this.#of(kind);
    reads.delete(id);
    versions.delete(id);
    kept.delete(id);
    if (kind === 'Secret') this.#wanted.delete(id);
  }

  #of(kind: 'Secret' | 'ServiceAccount'): Parts {
    return kind === 'Secret'
      ? { kept: this.#secrets, versions: this.#secretVersions, reads: this.#secretReads }
      : { kept: this.#accounts, versions: this.#accountVersions, reads: this.#accountReads };
  }
}

/** The state for one kind. */
interface Parts {
  readonly kept: Pick<SharedMap<string, unknown>, 'delete'>;
  readonly versions: Map<string, string>;
  readonly reads: Pick<Reads<unknown>, 'delete'>;
}

interface Kept<T> {
  readonly get: () => T | undefined;
  readonly keep: (value: T) => void;
}

type Reads<T> = Map<string, Promise<Outcome<T>>>;

/** The kept object, or one read that all callers share. A read that its first caller aborted is repeated. */
async function readOnce<T>(
  id: string,
  kept: Kept<T>,
  reads: Reads<T>,
  signal: AbortSignal,
  read: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  for (;;) {
    const known = kept.get();
    if (known !== undefined) return ok(known);
    const underWay = reads.get(id);
    if (underWay === undefined) return readAndKeep(id, kept, reads, read);
    try {
      return await underWay;
    } catch (error) {
      if (signal.aborted || !isAbort(error)) throw error;
    }
  }
}

async function readAndKeep<T>(id: string, kept: Kept<T>, reads: Reads<T>, read: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  const reading = read();
  reads.set(id, reading);
  try {
    const outcome = await reading;
    if (outcome.ok && reads.get(id) === reading) kept.keep(outcome.value);
    return outcome;
  } finally {
    if (reads.get(id) === reading) reads.delete(id);
  }
}

function missing<T>(read: Extract<KubeResult<T>, { ok: false }>, kind: string, { namespace, name }: NamespacedRef): Outcome<never> {
  if (read.failure.kind === 'not-found') return fail('CredentialsMissing', `${kind} ${namespace}/${name} does not exist`);
  return failed(failureOf(read.failure));
}

function idOf({ namespace, name }: NamespacedRef): string {
  return `${namespace}/${name}`;
}

function sizeOf({ keys, values }: CredentialSecret): number {
  let bytes = AN_ENTRY;
  for (const key of keys) bytes += AN_ENTRY + key.length;
  for (const value of values.values()) if (value !== 'too-large') bytes += value.size;
  return bytes;
}

function valuesOf({ data }: SecretObject, keys: ReadonlySet<string>): CredentialSecret['values'] {
  const values = new Map<string, SecretValue | 'too-large'>();
  for (const key of keys) {
    const encoded = valueIn(data, key);
    if (encoded === undefined) continue;
    values.set(key, encoded.length > MAX_ENCODED ? 'too-large' : SecretValue.ofBytes(Buffer.from(encoded, 'base64')));
  }
  return values;
}
