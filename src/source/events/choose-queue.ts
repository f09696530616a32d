/**
 * Chooses the queues of change events that are read. One is the queue of the installation: the queue of the operator's flag, else the queue
 * of the oldest ClusterSecretStore that names one. If the flag permits it, SecretStores may name further queues, whose events count only
 * for the identities of those stores. Pure.
 */
import { z } from 'zod';
import { isNamespaced } from '../../api/object/object.ts';
import type { StoreObject } from '../../api/schema/secret-store.ts';
import { eventsSchema, type StoreEvents } from '../../api/schema/store-events.ts';

/** The queue of the installation. */
export type QueueChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'operator'; readonly url: string }
  | { readonly kind: 'store'; readonly url: string; readonly store: StoreObject };

/** A queue that SecretStores of one namespace name. */
export interface OwnQueue {
  readonly url: string;
  readonly namespace: string;
  /** Sorted by age, the oldest first: the queue is read with the identity of the oldest. */
  readonly stores: readonly StoreObject[];
}

/** Namespace and URL of an own queue. */
export type OwnQueueId = string & { readonly __noun: 'own queue' };

export interface QueuePlan {
  readonly installation: QueueChoice;
  /** Whether SecretStores may name queues. */
  readonly allowsOwn: boolean;
  readonly own: ReadonlyMap<OwnQueueId, OwnQueue>;
}

/**
 * The relation of a store to the queues. chosen: it names the queue of the installation; shared: it names no queue and uses that queue;
 * own: it names a queue of its namespace that is read; conflict: it is a ClusterSecretStore and names another queue than that of the
 * installation; missing: it asks for events, and no queue is read for it; none: it does not use events; not-allowed: SecretStores may not
 * name queues; no-credentials: the queue would be read with the identity of the operator; too-many-stores: the queue is read, for older
 * stores; beyond-limit: the limit of queues is reached by older ones.
 */
export type QueueUse =
  'chosen' | 'shared' | 'own' | 'conflict' | 'missing' | 'none' | 'not-allowed' | 'no-credentials' | 'too-many-stores' | 'beyond-limit';

/** The message to users about a queue without credentials. */
export const NO_CREDENTIALS = "a SecretStore's queue is not read with the operator's identity";

/** Each queue costs a connection, and a call every twenty seconds. */
export const ownQueueLimits = { ofNamespace: 2, inAll: 20, storesOfQueue: 4 } as const;

const specShape = z.object({ events: eventsSchema });
const authShape = z.object({ provider: z.object({ aws: z.object({ auth: z.object({}) }) }) });

/** Each specification is parsed once, because every poll and every store uses it. */
const eventsOfSpecs = new WeakMap<object, { readonly events: StoreEvents | undefined }>();

/** spec.events. Also undefined for an invalid specification, which the store's Ready condition shows. */
export function eventsOf({ spec }: StoreObject): StoreEvents | undefined {
  if (typeof spec !== 'object' || spec === null) return undefined;
  const known = eventsOfSpecs.get(spec);
  if (known !== undefined) return known.events;
  const parsed = specShape.safeParse(spec);
  const events = parsed.success ? parsed.data.events : undefined;
  eventsOfSpecs.set(spec, { events });
  return events;
}

export interface PlanFacts {
  readonly operatorUrl: string | undefined;
  readonly allowsOwn: boolean;
  readonly clusterStores: Iterable<StoreObject>;
  readonly secretStores: Iterable<StoreObject>;
}

export function planQueues({ operatorUrl, allowsOwn, clusterStores, secretStores }: PlanFacts): QueuePlan {
  const installation = chooseQueue(operatorUrl, clusterStores);
  return { installation, allowsOwn, own: allowsOwn ? ownQueues(secretStores, installation) : new Map() };
}

function chooseQueue(operatorUrl: string | undefined, stores: Iterable<StoreObject>): QueueChoice {
  if (operatorUrl !== undefined) return { kind: 'operator', url: operatorUrl };
  let best: { readonly url: string; readonly store: StoreObject; readonly rank: string } | undefined;
  for (const store of stores) {
    const url = urlOf(store);
    if (url === undefined) continue;
    const rank = rankOf(store);
    if (best === undefined || rank < best.rank) best = { url, store, rank };
  }
  return best === undefined ? { kind: 'none' } : { kind: 'store', url: best.url, store: best.store };
}

/** The first queue of a namespace comes before the second queue of any other namespace. */
function ownQueues(stores: Iterable<StoreObject>, installation: QueueChoice): ReadonlyMap<OwnQueueId, OwnQueue> {
  const installationUrl = installation.kind === 'none' ? undefined : installation.url;
  const named = Array.from(stores).filter((store) => {
    const url = urlOf(store);
    return url !== undefined && url !== installationUrl && hasCredentials(store);
  });
  const queues = storesByQueue(named);
  const ofNamespace = [...Map.groupBy(queues, ([, [oldest]]) => oldest.metadata.namespace ?? '').values()];
  const inOrder = Array.from({ length: ownQueueLimits.ofNamespace }, (_, index) =>
    ofNamespace.flatMap((own) => own.slice(index, index + 1)),
  );
  const chosen = inOrder.flat().slice(0, ownQueueLimits.inAll);
  return new Map(chosen.map(([id, queueStores]) => [id, queueOf(queueStores)]));
}

/** The stores of each queue, the oldest first and at most as many as the limit permits; the queues in the order of their oldest stores. */
function storesByQueue(stores: readonly StoreObject[]): ReadonlyMap<OwnQueueId, Stores> {
  const byAge = stores.map((store) => ({ store, rank: rankOf(store) })).toSorted((one, other) => (one.rank < other.rank ? -1 : 1));
  const queues = new Map<OwnQueueId, Stores>();
  for (const { store } of byAge) {
    const id = ownQueueId(store);
    const known = queues.get(id);
    if (known === undefined) queues.set(id, [store]);
    else if (known.length < ownQueueLimits.storesOfQueue) known.push(store);
  }
  return queues;
}

type Stores = [StoreObject, ...StoreObject[]];

function queueOf(stores: Stores): OwnQueue {
  const [oldest] = stores;
  return { url: urlOf(oldest) ?? '', namespace: oldest.metadata.namespace ?? '', stores };
}

export function ownQueueId(store: StoreObject): OwnQueueId {
  return `${store.metadata.namespace ?? ''} ${urlOf(store) ?? ''}` as OwnQueueId;
}

export function queueUseOf(store: StoreObject, plan: QueuePlan): QueueUse {
  const { installation } = plan;
  const events = eventsOf(store);
  const url = events?.sqs?.queueUrl;
  if (installation.kind !== 'none' && url === installation.url) return 'chosen';
  if (url !== undefined && isNamespaced(store)) return ownStanding(store, plan);
  if (installation.kind !== 'none') return url === undefined ? 'shared' : 'conflict';
  return events === undefined ? 'none' : 'missing';
}

function ownStanding(store: StoreObject, { allowsOwn, own }: QueuePlan): QueueUse {
  if (!allowsOwn) return 'not-allowed';
  if (!hasCredentials(store)) return 'no-credentials';
  const queue = own.get(ownQueueId(store));
  if (queue === undefined) return 'beyond-limit';
  return queue.stores.some(({ metadata }) => metadata.uid === store.metadata.uid) ? 'own' : 'too-many-stores';
}

function urlOf(store: StoreObject): string | undefined {
  return eventsOf(store)?.sqs?.queueUrl;
}

/** A queue without credentials would be read as the operator, which could take messages from other queues. */
function hasCredentials({ spec }: StoreObject): boolean {
  return authShape.safeParse(spec).success;
}

function rankOf({ metadata: { namespace = '', name, creationTimestamp } }: StoreObject): string {
  return JSON.stringify([creationTimestamp, namespace, name]);
}
