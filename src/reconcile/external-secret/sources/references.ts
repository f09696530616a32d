/** The references of an ExternalSecret, in the order in which later ones take precedence. Pure. */
import type { ExternalSecretSpec, StoreRef } from '../../../api/schema/external-secret.ts';
import { storeName, storeRefOfEntry } from '../../../api/schema/store-refs.ts';
import { excerpt, quote } from '../../../base/excerpt.ts';
import type { NamedReference } from '../../../resolve/entries/plan-references.ts';

/** Of a key that a message names: most ARNs are shorter. */
const MAX_KEY = 160;

/** dataFrom first and data last, so that in this order a later entry wins. */
export function referencesOf(spec: ExternalSecretSpec): readonly NamedReference[] {
  const many = (spec.dataFrom ?? []).map((entry, index) => ({
    place: `dataFrom[${index}] (key ${quote(entry.extract.key, MAX_KEY)})`,
    remoteRef: entry.extract,
    ...withStore(storeRefOfEntry(entry), spec),
  }));
  const single = (spec.data ?? []).map((entry, index) => ({
    place: `data[${index}] (${excerpt(entry.secretKey)}, key ${quote(entry.remoteRef.key, MAX_KEY)})`,
    secretKey: entry.secretKey,
    remoteRef: entry.remoteRef,
    ...withStore(storeRefOfEntry(entry), spec),
  }));
  return [...many, ...single];
}

/** An entry that names the default store is like one that names none, so that both have the same record. */
function withStore(own: StoreRef | undefined, { secretStoreRef }: ExternalSecretSpec): Pick<NamedReference, 'storeRef'> {
  return own === undefined || storeName(own) === storeName(secretStoreRef) ? {} : { storeRef: own };
}
