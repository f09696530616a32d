/**
 * Credential Secrets and ServiceAccounts that stores name, read live once and kept while a watch vouches for them. Values stay in SecretValue.
 */
import { fail, type Outcome } from '../api/failure.ts';
import { builtin } from '../api/names.ts';
import type { KubeObject, SecretObject } from '../api/object.ts';
import { failed, ok } from '../base/result.ts';
import { SecretValue } from '../base/secret-value.ts';
import { failureOf } from '../kube/failure-of.ts';
import type { KubeReader, KubeResult } from '../kube/port.ts';
import type { NamespacedRef } from './plan-identity.ts';
import type { CredentialReader, CredentialSecret } from './resolve-store.ts';

export class CredentialCache implements CredentialReader {
  readonly #client: KubeReader;
  readonly #secrets = new Map<string, CredentialSecret>();
  readonly #accounts = new Map<string, KubeObject>();

  constructor(client: KubeReader) {
    this.#client = client;
  }

  async secret(where: NamespacedRef, signal: AbortSignal): Promise<Outcome<CredentialSecret>> {
    const id = idOf(where);
    const kept = this.#secrets.get(id);
    if (kept !== undefined) return ok(kept);
    const read = await this.#client.get<SecretObject>(builtin.secret, where, signal);
    if (!read.ok) return missing(read, 'Secret', where);
    const values = new Map(
      Object.entries(read.value.data ?? {}).map(([key, encoded]) => [key, SecretValue.ofBytes(Buffer.from(encoded, 'base64'))]),
    );
    const secret = { origin: versionOf(read.value), values };
    this.#secrets.set(id, secret);
    return ok(secret);
  }

  async serviceAccount(where: NamespacedRef, signal: AbortSignal): Promise<Outcome<KubeObject>> {
    const id = idOf(where);
    const kept = this.#accounts.get(id);
    if (kept !== undefined) return ok(kept);
    const read = await this.#client.get<KubeObject>(builtin.serviceAccount, where, signal);
    if (!read.ok) return missing(read, 'ServiceAccount', where);
    this.#accounts.set(id, read.value);
    return ok(read.value);
  }

  /** A watch has seen `version` (`uid/resourceVersion`; undefined: there is none). True when that's not what is kept, which is then dropped. */
  seen(kind: 'Secret' | 'ServiceAccount', where: NamespacedRef, version: string | undefined): boolean {
    const id = idOf(where);
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
    if (kind === 'Secret') this.#secrets.delete(idOf(where));
    else this.#accounts.delete(idOf(where));
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
