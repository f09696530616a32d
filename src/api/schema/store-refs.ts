/** The stores that an ExternalSecret names: the default one, and those of entries that name their own. Pure. */
import type { StoreRef } from './external-secret.ts';
import { limits } from './schema-parts.ts';

/** `SecretStore/aws`: a store as the records of an ExternalSecret name it, in the namespace of that. */
export function storeName({ kind = 'SecretStore', name }: StoreRef): string {
  return `${kind}/${name}`;
}

/**
 * The store that an entry of `data` or `dataFrom` names instead of the default one, in the field of external-secrets.io/v1. The schema of keytender.dev has no such
 * field, so that none of its entries names one.
 */
export function storeRefOfEntry(entry: unknown): StoreRef | undefined {
  return storeRefIn(memberOf(memberOf(entry, 'sourceRef'), 'storeRef'));
}

/** All stores that a specification names, each once, the default one first. The specification may have another schema. */
export function storeRefsIn(spec: unknown): readonly StoreRef[] {
  const entries = [...listIn(spec, 'data', limits.data), ...listIn(spec, 'dataFrom', limits.dataFrom)];
  const named = [storeRefIn(memberOf(spec, 'secretStoreRef')), ...entries.map(storeRefOfEntry)];
  return [...new Map(named.flatMap((ref) => (ref === undefined ? [] : [[storeName(ref), ref] as const]))).values()];
}

function storeRefIn(value: unknown): StoreRef | undefined {
  const [name, kind] = [memberOf(value, 'name'), memberOf(value, 'kind')];
  if (typeof name !== 'string') return undefined;
  if (kind === undefined) return { name };
  return kind === 'SecretStore' || kind === 'ClusterSecretStore' ? { name, kind } : undefined;
}

/** A specification with more entries than its schema permits is not reconciled. */
function listIn(spec: unknown, field: string, most: number): readonly unknown[] {
  const list = memberOf(spec, field);
  return Array.isArray(list) ? list.slice(0, most) : [];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
