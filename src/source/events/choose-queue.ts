/**
 * Which queues of change events are read. One is the installation's: that of the operator's flag, else of the oldest ClusterSecretStore that names
 * one. Where it is allowed, each namespace may have some of its own beside it, which SecretStores name; such a queue speaks for their identities only.
 * Pure.
 */
import { z } from 'zod';
import type { StoreObject } from '../../api/secret-store.ts';
import { eventsSchema, type StoreEvents } from '../../api/store-events.ts';

/** The queue of the installation. */
export type QueueChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'operator'; readonly url: string }
  | { readonly kind: 'store'; readonly url: string; readonly store: StoreObject };

/** A queue that SecretStores of one namespace name. */
export interface OwnQueue {
  readonly url: string;
  readonly namespace: string;
  /** The oldest first: it is read as that one. */
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
 * How a store stands to the queues. chosen: it names that of the installation; shared: it names none and takes that; own: one of its namespace, which
 * is read; not-allowed: SecretStores may not name one; no-credentials: it would be read as the operator; too-many-stores: it is read, for older stores;
 * beyond-limit: other queues were there before.
 */
export type QueueStanding =
  'chosen' | 'shared' | 'own' | 'conflict' | 'missing' | 'none' | 'not-allowed' | 'no-credentials' | 'too-many-stores' | 'beyond-limit';

/** For people: with what it would be read otherwise. */
export const NO_CREDENTIALS = "a SecretStore's queue is not read with the operator's identity: give the store spec.provider.aws.auth";

/** Each costs a connection, and a call every twenty seconds. */
export const ownQueueLimits = { ofNamespace: 2, inAll: 20, storesOfQueue: 4 } as const;

const specShape = z.object({ events: eventsSchema });
const authShape = z.object({ provider: z.object({ aws: z.object({ auth: z.object({}) }) }) });

/** Specifications are parsed once: they are looked at for each poll and each store. */
const eventsOfSpecs = new WeakMap<object, { readonly events: StoreEvents | undefined }>();

/** spec.events; undefined also when it is not as it should be, which the store's Ready condition says. */
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

/** A namespace's first queue comes before the second one of any other. */
function ownQueues(stores: Iterable<StoreObject>, installation: QueueChoice): ReadonlyMap<OwnQueueId, OwnQueue> {
  const taken = installation.kind === 'none' ? undefined : installation.url;
  const named = Array.from(stores).filter((store) => {
    const url = urlOf(store);
    return url !== undefined && url !== taken && hasCredentials(store);
  });
  const byAge = named.map((store) => ({ store, rank: rankOf(store) })).toSorted((one, other) => (one.rank < other.rank ? -1 : 1));
  const queues = new Map<OwnQueueId, StoreObject[]>();
  const ofNamespace = new Map<string, OwnQueueId[]>();
  for (const { store } of byAge) {
    const id = ownQueueId(store);
    const known = queues.get(id);
    if (known !== undefined) {
      if (known.length < ownQueueLimits.storesOfQueue) known.push(store);
      continue;
    }
    queues.set(id, [store]);
    const { namespace = '' } = store.metadata;
    ofNamespace.set(namespace, [...(ofNamespace.get(namespace) ?? []), id].slice(0, ownQueueLimits.ofNamespace));
  }
  const turns = Array.from({ length: ownQueueLimits.ofNamespace }, (_, turn) =>
    [...ofNamespace.values()].flatMap((ids) => ids[turn] ?? []),
  );
  return new Map(
    turns
      .flat()
      .slice(0, ownQueueLimits.inAll)
      .map((id) => [id, queueOf(queues.get(id) ?? [])]),
  );
}

function queueOf(stores: readonly StoreObject[]): OwnQueue {
  const [oldest] = stores;
  return { url: (oldest && urlOf(oldest)) ?? '', namespace: oldest?.metadata.namespace ?? '', stores };
}

export function ownQueueId(store: StoreObject): OwnQueueId {
  return `${store.metadata.namespace ?? ''} ${urlOf(store) ?? ''}` as OwnQueueId;
}

export function standingOf(store: StoreObject, plan: QueuePlan): QueueStanding {
  const { installation } = plan;
  const events = eventsOf(store);
  const url = events?.sqs?.queueUrl;
  if (url !== undefined && installation.kind !== 'none' && url === installation.url) return 'chosen';
  if (url !== undefined && isNamespaced(store)) return ownStanding(store, plan);
  if (installation.kind === 'none') return events === undefined ? 'none' : 'missing';
  return url === undefined ? 'shared' : 'conflict';
}

function ownStanding(store: StoreObject, { allowsOwn, own }: QueuePlan): QueueStanding {
  if (!allowsOwn) return 'not-allowed';
  if (!hasCredentials(store)) return 'no-credentials';
  const queue = own.get(ownQueueId(store));
  if (queue === undefined) return 'beyond-limit';
  return queue.stores.some(({ metadata }) => metadata.uid === store.metadata.uid) ? 'own' : 'too-many-stores';
}

function urlOf(store: StoreObject): string | undefined {
  return eventsOf(store)?.sqs?.queueUrl;
}

/** Without them it would be read as the operator, and take messages from queues that are not the tenant's. */
function hasCredentials({ spec }: StoreObject): boolean {
  return authShape.safeParse(spec).success;
}

function isNamespaced({ metadata }: StoreObject): boolean {
  return metadata.namespace !== undefined && metadata.namespace !== '';
}

function rankOf({ metadata: { namespace = '', name, creationTimestamp } }: StoreObject): string {
  return JSON.stringify([creationTimestamp, namespace, name]);
}
