/** Readers of a message, and the identities that a reader may see. Pure. */
import type { StoreKind } from '../failure/failure.ts';
import type { IdentityFacts } from '../failure/failure-facts.ts';

export type Reader =
  /** Reads the log of the operator or the conditions of the store itself, and may see all identities. */
  | { readonly kind: 'owner' }
  /** Reads the status of a resource in `namespace`. */
  | { readonly kind: 'tenant'; readonly namespace: string };

export const owner: Reader = { kind: 'owner' };

export function tenantOf(namespace: string): Reader {
  return { kind: 'tenant', namespace };
}

/** A reader without a known namespace. */
export const unknownReader: Reader = tenantOf('');

/** Decides which identities the reader of a failure may see. */
export interface ReaderContext {
  readonly reader: Reader;
  /** Kind of the store that was used. Undefined: unknown, which counts as a ClusterSecretStore. */
  readonly through: StoreKind | undefined;
}

/** Whether the identity belongs to a store that the reader does not own. */
export function isForeign({ reader, through }: ReaderContext): boolean {
  return reader.kind === 'tenant' && through !== 'SecretStore';
}

/**
 * Whether the reader may see the identity. Exceptions for a ClusterSecretStore: the operator's own identity, and a ServiceAccount of the
 * reader's namespace.
 */
export function mayShowIdentity(view: ReaderContext, identity: IdentityFacts | undefined): boolean {
  const { reader } = view;
  if (reader.kind === 'owner') return true;
  const namespace = identity?.object?.namespace;
  if (namespace !== undefined && namespace !== reader.namespace) return false;
  if (!isForeign(view)) return true;
  return identity !== undefined && identity.roles === 0 && (identity.from === 'operator' || namespace !== undefined);
}
