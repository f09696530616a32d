/**
 * Credential Secrets and ServiceAccounts that stores name, read live once and kept while a watch vouches for them. Values stay in SecretValue.
 */
import { fail, type Outcome } from '../api/failure.ts';
import { builtin } from '../api/names.ts';
import type { KubeObject, SecretObject } from '../api/object.ts';
import { isAbort } from '../base/abort.ts';
import { failed, ok } from '../base/result.ts';
import { SecretValue } from '../base/secret-value.ts';
import { failureOf } from '../kube/failure-of.ts';
import type { KubeReader, KubeResult } from '../kube/port.ts';
import { reducedAccount, type NamespacedRef } from './plan-identity.ts';
import type { CredentialReader, CredentialSecret } from './resolve-store.ts';

export class CredentialCache implements CredentialReader {
  readonly #client: KubeReader;
  readonly #secrets = new Map<string, CredentialSecret>();
  readonly #accounts = new Map<string, KubeObject>();
  /** Reads under way: at a start every worker asks for the same credentials at once. */
  readonly #secretReads: Reads<CredentialSecret> = new Map();
  readonly #accountReads: Reads<KubeObject> = new Map();

  constructor(client: KubeReader) {
    this.#client = client;
  }

  secret(where: NamespacedRef, signal: AbortSignal): Promise<Outcome<CredentialSecret>> {
    return readOnce(idOf(where), this.#secrets, this.#secretReads, signal, () => this.#readSecret(where, signal));
  }

  serviceAccount(where: NamespacedRef, signal: AbortSignal): Promise<Outcome<KubeObject>> {
    return readOnce(idOf(where), this.#accounts, this.#accountReads, signal, () => this.#readAccount(where, signal));
  }

  async #readSecret(where: NamespacedRef, signal: AbortSignal): Promise<Outcome<CredentialSecret>> {
    const read = await this.#client.get<SecretObject>(builtin.secret, where, signal);
    if (!read.ok) return missing(read, 'Secret', where);
    const values = new Map(
      Object.entries(read.value.data ?? {}).map(([key, encoded]) => [key, SecretValue.ofBytes(Buffer.from(encoded, 'base64'))]),
    );
    return ok({ origin: versionOf(read.value), values });
  }

  async #readAccount(where: NamespacedRef, signal: AbortSignal): Promise<Outcome<KubeObject>> {
    const read = await this.#client.get<KubeObject>(builtin.serviceAccount, where, signal);
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
    if (kind === 'Secret') this.#secrets.delete(idOf(where));
    else this.#accounts.delete(idOf(where));
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
