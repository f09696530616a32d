/**
 * Reconciles one SecretStore or ClusterSecretStore: checks whether its credentials can be obtained. Its status is for people;
 * ExternalSecrets do not wait for it.
 */
import type { StoreObject } from '../../api/schema/secret-store.ts';
import { ms } from '../../base/time/clock.ts';
import type { Key } from '../../base/key.ts';
import type { WorkResult } from '../../queue/port.ts';
import { resolveStore } from '../../resolve/store/resolve-store.ts';
import { storeStatus, type StoreReadState } from '../../status/store-status.ts';
import { reportNotKept } from '../shared/report-not-kept.ts';
import { done, workAfter } from '../shared/work.ts';
import type { SecretStoreContext } from './context.ts';
import { credentialReferences } from './credential-references.ts';
import { report } from './report.ts';

/** Interval at which the estimated cost in the status is updated. */
const COST_INTERVAL = ms(3_600_000);

export async function reconcileSecretStore(key: Key, context: SecretStoreContext, signal: AbortSignal): Promise<WorkResult> {
  const cached = context.resources.get(key);
  if (cached === undefined || cached.notKept !== undefined) {
    context.referenced.declare(key, []);
    context.reading(key, undefined);
    if (cached === undefined) return done;
    return await reportNotKept(context.type, cached, context.shareOf(cached.metadata.namespace ?? ''), context, signal);
  }
  return await checkStore(key, context.ownStatuses.current(cached), context, signal);
}

async function checkStore(key: Key, store: StoreObject, context: SecretStoreContext, signal: AbortSignal): Promise<WorkResult> {
  context.referenced.declare(key, credentialReferences(store));
  const resolved = await resolveStore(store, context.stores, signal);
  const outcome = resolved.ok ? await context.secrets.verifyCredentials(resolved.value.identity, signal) : resolved;
  context.metrics.synced(context.type.kind, outcome.ok ? 'StoreValid' : outcome.failure.reason);
  const now = new Date(context.clock.now()).toISOString();
  const identity = resolved.ok ? resolved.value.identity : undefined;
  const events = context.changeEvents(store, identity);
  const usesLists = resolved.ok && resolved.value.listedMaxAge !== undefined;
  const reading = withoutLists(context.reading(key, identity), usesLists);
  const status = storeStatus(context.dialect.words, store.status, store.metadata.generation ?? 0, outcome, now, events, reading);
  const unreported = await report(store, status, context, signal);
  if (unreported !== undefined) return unreported;
  return outcome.ok ? { kind: 'requeue', after: COST_INTERVAL } : workAfter(outcome.failure);
}

/** Other stores can share the identity. Only stores that ask for lists report that lists are denied. */
function withoutLists(reading: StoreReadState | undefined, usesLists: boolean): StoreReadState | undefined {
  return reading === undefined || usesLists ? reading : { ...reading, lists: 'unknown' };
}
