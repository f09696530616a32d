/**
 * The force-sync annotation acts once for each value. The status says which value was acted on last; the cached status may be older than that,
 * so it is also remembered here. Lost with a restart, when the status is read anew.
 */
import type { ExternalSecretObject } from '../../api/external-secret.ts';
import { names } from '../../api/names.ts';
import { valueIn } from '../../api/object.ts';
import type { Key } from '../../base/key.ts';

export class ForceSyncs {
  readonly #acted = new Map<Key, { readonly uid: string; readonly value: string }>();

  /** Whether the annotation has a value that was not acted on yet. */
  due(key: Key, { metadata, status }: ExternalSecretObject): boolean {
    const value = forceSyncOf({ metadata });
    if (value === undefined || value === status?.forceSync) return false;
    const acted = this.#acted.get(key);
    return acted?.uid !== metadata.uid || acted.value !== value;
  }

  acted(key: Key, { metadata }: ExternalSecretObject): void {
    const value = forceSyncOf({ metadata });
    if (value !== undefined) this.#acted.set(key, { uid: metadata.uid, value });
  }

  forget(key: Key): void {
    this.#acted.delete(key);
  }
}

export function forceSyncOf({ metadata }: Pick<ExternalSecretObject, 'metadata'>): string | undefined {
  return valueIn(metadata.annotations, names.annotations.forceSync);
}
