/**
 * Which queue this installation reads: one, because two would each see half of the events of whatever else reads them, and because trust in events
 * is a matter of the whole. The operator's flag comes first, then ClusterSecretStores, then SecretStores; the oldest of equals. Pure.
 */
import { z } from 'zod';
import { eventsSchema, type StoreEvents, type StoreObject } from '../../api/secret-store.ts';

export type QueueChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'operator'; readonly url: string }
  | { readonly kind: 'store'; readonly url: string; readonly store: StoreObject };

/** How a store stands to the choice. shared: it names no queue and takes what the operator or a ClusterSecretStore has. */
export type QueueStanding = 'chosen' | 'shared' | 'conflict' | 'missing' | 'none';

const specShape = z.object({ events: eventsSchema });

/** spec.events; undefined also when it is not as it should be, which the store's Ready condition says. */
export function eventsOf(store: StoreObject): StoreEvents | undefined {
  const parsed = specShape.safeParse(store.spec);
  return parsed.success ? parsed.data.events : undefined;
}

export function chooseQueue(operatorUrl: string | undefined, stores: Iterable<StoreObject>): QueueChoice {
  if (operatorUrl !== undefined) return { kind: 'operator', url: operatorUrl };
  let best: { readonly url: string; readonly store: StoreObject; readonly rank: string } | undefined;
  for (const store of stores) {
    const url = eventsOf(store)?.sqs?.queueUrl;
    if (url === undefined) continue;
    const rank = rankOf(store);
    if (best === undefined || rank < best.rank) best = { url, store, rank };
  }
  return best === undefined ? { kind: 'none' } : { kind: 'store', url: best.url, store: best.store };
}

/** `wanted`: whether the operator has a maximum age for stores that state none. */
export function standingOf(store: StoreObject, choice: QueueChoice): QueueStanding {
  const events = eventsOf(store);
  const url = events?.sqs?.queueUrl;
  if (choice.kind === 'none') return events === undefined ? 'none' : 'missing';
  if (url !== undefined) return url === choice.url ? 'chosen' : 'conflict';
  if (isForAll(choice)) return 'shared';
  return events === undefined ? 'none' : 'missing';
}

/** Whether stores that name no queue may rely on this one: a queue that one namespace has named is no promise to others. */
export function isForAll(choice: QueueChoice): boolean {
  return choice.kind === 'operator' || (choice.kind === 'store' && !isNamespaced(choice.store));
}

function isNamespaced({ metadata }: StoreObject): boolean {
  return metadata.namespace !== undefined && metadata.namespace !== '';
}

function rankOf(store: StoreObject): string {
  const { namespace = '', name, creationTimestamp } = store.metadata;
  return JSON.stringify([isNamespaced(store), creationTimestamp, namespace, name]);
}
