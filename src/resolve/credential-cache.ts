/**
 * Credential Secrets and ServiceAccounts that stores name, read live once and kept while a watch vouches for them. Values stay in SecretValue. Of a
 * Secret the named keys are kept, of a ServiceAccount what names its role: both may be a megabyte, and a tenant can name hundreds of them.
 */
import { fail, type Outcome } from '../api/failure.ts';
import { builtin } from '../api/builtin-types.ts';
import { valueIn, type KubeObject, type SecretObject } from '../api/object.ts';
import { isAbort } from '../base/abort.ts';
import { Limit } from '../base/limit.ts';
import { failed, ok } from '../base/result.ts';
import { SecretValue } from '../base/secret-value.ts';
import { failureOf } from '../kube/failure-of.ts';
import type { KubeReader, KubeResult } from '../kube/port.ts';
import { reducedAccount, type NamespacedRef } from './plan-identity.ts';
import type { CredentialReader, CredentialSecret } from './resolve-store.ts';

/** Longer than any part of an AWS credential: session tokens have some kilobytes. In base64, as it arrives. */
const MAX_ENCODED = 64 * 1024;
/** Of one Secret, named by any number of stores. */
const MAX_KEYS = 64;
/** Objects that are read at once: each may be some megabytes while it is parsed. Namespaces take turns. */
const MAX_READS = 4;

export class CredentialCache implements CredentialReader {
  readonly #client: KubeReader;
  readonly #secrets = new Map<string, CredentialSecret>();
  readonly #accounts = new Map<string, KubeObject>();
  /** Reads under way: at a start every worker asks for the same credentials at once. */
  readonly #secretReads: Reads<CredentialSecret> = new Map();
  readonly #accountReads: Reads<KubeObject> = new Map();

  /** Keys that somebody named, by Secret. */
  readonly #wanted = new Map<string, Set<string>>();
  readonly #limit = new Limit(MAX_READS);

  constructor(client: KubeReader) {
    this.#client = client;
  }

  async secret(where: NamespacedRef, keys: readonly string[], signal: AbortSignal): Promise<Outcome<CredentialSecret>> {
    const id = idOf(where);
    for (;;) {
      this.#want(id, keys);
      const read = await readOnce(id, this.#secrets, this.#secretReads, signal, () => this.#readSecret(where, signal));
      if (!read.ok || keys.every((key) => read.value.keys.has(key))) return read;
      // It was read before anybody named these keys.
      if (this.#secrets.get(id) === read.value) this.#secrets.delete(id);
    }
  }

  serviceAccount(where: NamespacedRef, signal: AbortSignal): Promise<Outcome<KubeObject>> {
    return readOnce(idOf(where), this.#accounts, this.#accountReads, signal, () => this.#readAccount(where, signal));
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

  /** A watch has seen `version` (`uid/resourceVersion`; undefined: there is none). True when that's not what is kept, which is then dropped. */
  seen(kind: 'Secret' | 'ServiceAccount', where: NamespacedRef, version: string | undefined): boolean {
    const id = idOf(where);
    // What is being read may be older than what was seen.
    (kind === 'Secret' ? this.#secretReads : this.#accountReads).delete(id);
    if (kind === 'Secret') {
      if (this.#secrets.get(id)?.origin === version) return false;
      this.#secrets.delete(id);
      return true;
    }
    const account = this.#accounts.get(id);
    if ((account === undefined ? undefined : versionOf(account)) === version) return false;
    this.#accounts.delete(id);
    return true;
  }

  /** Nothing vouches for it any more. */
  forget(kind: 'Secret' | 'ServiceAccount', where: NamespacedRef): void {
    (kind === 'Secret' ? this.#secretReads : this.#accountReads).delete(idOf(where));
    if (kind === 'ServiceAccount') {
      this.#accounts.delete(idOf(where));
      return;
    }
    this.#secrets.delete(idOf(where));
    this.#wanted.delete(idOf(where));
  }
}

type Reads<T> = Map<string, Promise<Outcome<T>>>;

/** What is kept, or one read for all who ask meanwhile; a read that was given up by whoever began it is made again. */
async function readOnce<T>(
  id: string,
  kept: Map<string, T>,
  reads: Reads<T>,
  signal: AbortSignal,
  read: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  for (;;) {
    const known = kept.get(id);
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

async function readAndKeep<T>(id: string, kept: Map<string, T>, reads: Reads<T>, read: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  const reading = read();
  reads.set(id, reading);
  try {
    const outcome = await reading;
    if (outcome.ok && reads.get(id) === reading) kept.set(id, outcome.value);
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

function versionOf({ metadata }: KubeObject): string {
  return `${metadata.uid}/${metadata.resourceVersion}`;
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
