/** Reduces an object that exceeds the memory share of its namespace to its name, and of own kinds the names to which it refers and its Ready condition. Pure. */
import { findCondition, type Condition } from '../api/schema/conditions.ts';
import { coreMetadata } from '../api/object/core-metadata.ts';
import type { ExternalSecretObject } from '../api/schema/external-secret.ts';
import type { StoreObject } from '../api/schema/secret-store.ts';
import type { HeldRecord, ManagedSecret } from '../apply/managed-secret.ts';

/** Maximum length of a name, a kind or a reason. */
const MAX_NAME = 253;
/** Maximum length of a condition's message; messages of the operator are shorter. */
const MAX_MESSAGE = 512;

/** `bytes`: the memory that the whole object would need. */
export function nameOnlyExternalSecret(
  { apiVersion, kind, metadata, spec, status }: ExternalSecretObject,
  bytes: number,
): ExternalSecretObject {
  return { apiVersion, kind, metadata: coreMetadata(metadata), spec: namedBy(spec), status: readyOnly(status), notKept: bytes };
}

/** `bytes`: the memory that the whole object would need. */
export function nameOnlyStore({ apiVersion, kind, metadata, status }: StoreObject, bytes: number): StoreObject {
  return { apiVersion, kind, metadata: coreMetadata(metadata), spec: {}, status: readyOnly(status), notKept: bytes };
}

const NO_RECORDS: ReadonlyMap<string, HeldRecord> = new Map();
const NO_WRITERS: ReadonlySet<string> = new Set();

/** Nothing is known of its content, its records and its owners. `bytes`: the memory that the whole object would need. */
export function nameOnlySecret({ apiVersion, kind, metadata }: ManagedSecret, bytes: number): ManagedSecret {
  const unknown = { records: NO_RECORDS, writers: NO_WRITERS, hasOtherRecords: true, hasOtherOwners: true };
  return { apiVersion, kind, metadata: coreMetadata(metadata), type: '', immutable: false, ...unknown, notKept: bytes };
}

/** The names of the default store and the target: the indexes find the object by them. The stores of its entries may be hundreds, and it is not reconciled. */
function namedBy(spec: unknown): object {
  const { secretStoreRef, target } = (spec ?? {}) as {
    readonly secretStoreRef?: { readonly name?: unknown; readonly kind?: unknown };
    readonly target?: { readonly name?: unknown };
  };
  const [storeName, storeKind, targetName] = [secretStoreRef?.name, secretStoreRef?.kind, target?.name].map(shortName);
  return {
    ...(storeName !== undefined && { secretStoreRef: { name: storeName, ...(storeKind !== undefined && { kind: storeKind }) } }),
    ...(targetName !== undefined && { target: { name: targetName } }),
  };
}

function shortName(text: unknown): string | undefined {
  return typeof text === 'string' && text.length <= MAX_NAME ? text : undefined;
}

interface Status {
  readonly observedGeneration?: number | undefined;
  readonly conditions?: Condition[] | undefined;
}

function readyOnly(status: Status | undefined): Status {
  const ready = findCondition(status?.conditions, 'Ready');
  if (ready === undefined) return {};
  const { type, status: holds, observedGeneration, lastTransitionTime, reason, message } = ready;
  if (reason.length > MAX_NAME) return {};
  const shown = message.length > MAX_MESSAGE ? '' : message;
  const generation = observedGeneration === undefined ? {} : { observedGeneration };
  return { ...generation, conditions: [{ type, status: holds, ...generation, lastTransitionTime, reason, message: shown }] };
}
