/** Who reads a message, and which identities it may name then. Pure. */
import type { StoreKind } from '../failure.ts';
import type { IdentityFacts } from '../failure-facts.ts';

export type Reader =
  /** Reads the log of the operator or the conditions of the store itself: may see all. */
  | { readonly kind: 'owner' }
  /** Reads the status of a resource in `namespace`. */
  | { readonly kind: 'tenant'; readonly namespace: string };

export const owner: Reader = { kind: 'owner' };

export function tenantOf(namespace: string): Reader {
  return { kind: 'tenant', namespace };
}

/** Whom nothing is known of. */
export const anyone: Reader = tenantOf('');

/** Which identities the reader of a failure may be told. */
export interface View {
  readonly reader: Reader;
  /** The kind of the store that the failure was found through; undefined: not known, so that it is treated as a ClusterSecretStore. */
  readonly through: StoreKind | undefined;
}

/** Whether they are those of a store that is not the reader's own. */
export function isForeign({ reader, through }: View): boolean {
  return reader.kind === 'tenant' && through !== 'SecretStore';
}

/**
 * Whether the reader may be told who the identity is. What a ClusterSecretStore reads as is told on the store only, but for the operator's own
 * identity, which has no name, and a ServiceAccount of the reader's own namespace.
 */
export function mayKnow(view: View, identity: IdentityFacts | undefined): boolean {
  const { reader } = view;
  if (reader.kind === 'owner') return true;
  const namespace = identity?.object?.namespace;
  if (namespace !== undefined && namespace !== reader.namespace) return false;
  if (!isForeign(view)) return true;
  return identity !== undefined && identity.roles === 0 && (identity.from === 'operator' || namespace !== undefined);
}
