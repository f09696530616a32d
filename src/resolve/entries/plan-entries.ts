/**
 * The references of a resource -> its entries, each with its store, and what is known of each before anything is read: whether its store can be used, what it
 * means, and whether its store lets this namespace read it. Reads objects that stores refer to, writes nothing.
 */
import type { StoreRef } from '../../api/schema/external-secret.ts';
import { failure, type Failure, type Outcome } from '../../failure/failure.ts';
import { storeName } from '../../api/schema/store-refs.ts';
import { ok } from '../../base/result.ts';
import type { SlicedWork } from '../../base/time/time-slices.ts';
import { refusedKeys } from './allowed-keys.ts';
import type { EntryOutcome } from './entry-outcomes.ts';
import { type Entry, type NamedReference, planReference } from './plan-references.ts';
import { type ResolvedStore, resolveStoreRef, type ResolveStoreContext } from '../store/resolve-store.ts';

export interface EntryScope {
  readonly namespace: string;
  /** The store of the references that name none. */
  readonly defaultRef: StoreRef;
  /** A resource may name as many stores as it has references. */
  readonly work: SlicedWork;
}

export interface PlannedEntries {
  /** Those whose store can be used, in the order of the references. */
  readonly entries: readonly Entry[];
  /** One for each reference, in their order: it has failed, or it was not evaluated yet. */
  readonly outcomes: readonly EntryOutcome[];
}

export async function planEntries(
  references: readonly NamedReference[],
  scope: EntryScope,
  context: ResolveStoreContext,
  signal: AbortSignal,
): Promise<PlannedEntries> {
  const storeOf = await resolveStores(references, scope, context, signal);
  const planned = references.map((named) => ({ named, entry: entryOf(named, storeOf(named)) }));
  const entries = planned.flatMap(({ entry }) => (entry.ok ? [entry.value] : []));
  const meant = entries.filter(({ problem }) => problem === undefined);
  const refused = await refusedKeys(meant, scope.namespace, scope.work);
  return { entries, outcomes: planned.map((one) => outcomeOf(one, refused)) };
}

interface Planned {
  readonly named: NamedReference;
  /** Or why its store cannot be used. */
  readonly entry: Outcome<Entry>;
}

function entryOf(named: NamedReference, store: Outcome<ResolvedStore>): Outcome<Entry> {
  return store.ok ? ok(planReference(named, store.value)) : store;
}

function outcomeOf({ named, entry }: Planned, refused: ReadonlyMap<Entry, Failure>): EntryOutcome {
  if (!entry.ok) return { entry: named, kind: 'failed', step: 'store', failure: entry.failure };
  const { problem } = entry.value;
  if (problem !== undefined) return { entry: named, kind: 'failed', step: 'reference', failure: failure('InvalidSpec', problem) };
  const why = refused.get(entry.value);
  return why === undefined ? { entry: named, kind: 'not-evaluated' } : { entry: named, kind: 'failed', step: 'allowed-keys', failure: why };
}

/** Each store is resolved once. */
async function resolveStores(
  references: readonly NamedReference[],
  { defaultRef, namespace, work }: EntryScope,
  context: ResolveStoreContext,
  signal: AbortSignal,
): Promise<(named: NamedReference) => Outcome<ResolvedStore>> {
  const stores = new Map<string, Outcome<ResolvedStore>>();
  for (const { storeRef = defaultRef } of references) {
    const name = storeName(storeRef);
    if (stores.has(name)) continue;
    if (stores.size > 0) await work.checkpoint();
    stores.set(name, await resolveStoreRef(storeRef, namespace, context, signal));
  }
  return ({ storeRef = defaultRef }) => {
    const store = stores.get(storeName(storeRef));
    if (store === undefined) throw new TypeError('a store that was not resolved');
    return store;
  };
}
