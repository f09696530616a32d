/**
 * The keys that a change in the cluster queues, and their priorities. Handlers only enqueue: the reconciler decides whether there is work.
 */
import type { ExternalSecretObject } from '../api/schema/external-secret.ts';
import type { KubeObject } from '../api/object/object.ts';
import type { StoreObject } from '../api/schema/secret-store.ts';
import type { ManagedSecret } from '../apply/managed-secret.ts';
import { ms } from '../base/time/clock.ts';
import { keyOf, nameOf, type Key } from '../base/key.ts';
import type { Enqueuer } from '../queue/port.ts';
import { priority, type Priority } from '../base/priority.ts';
import type { Consumer } from '../restart/consumer/consumer.ts';
import type { EventHandler, ObjectStore, WatchEvent } from '../watch/port.ts';
import { annotationChanged, anyOf, deletionBegun, generationChanged, keptChanged } from '../watch/predicates.ts';
import { keyOfObject } from '../watch/store.ts';
import { externalSecretIndexes, storeId, workloadId } from './indexes.ts';
import type { SlicedWakes } from './sliced-wakes.ts';

export interface WakeContext {
  readonly externalSecrets: ObjectStore<ExternalSecretObject>;
  readonly queue: Enqueuer;
  readonly walks: SlicedWakes;
}

/** The ExternalSecrets with `value` in `index`. */
interface Users {
  readonly rule: string;
  readonly index: keyof typeof externalSecretIndexes;
  readonly value: string;
  readonly namespace: string;
}

type WakeUser = (user: ExternalSecretObject, isMerged: boolean) => void;

function eachUser({ externalSecrets, walks }: WakeContext, { rule, index, value, namespace }: Users, wake: WakeUser): void {
  walks.walk(`${rule} ${value}`, {
    namespace,
    keys: () => externalSecrets.keysByIndex(index, value),
    wake: (key, isMerged) => {
      const user = externalSecrets.get(key);
      if (user !== undefined) wake(user, isMerged);
    },
  });
}

function wakeAll(context: WakeContext, users: Users): void {
  eachUser(context, users, (user) => context.queue.add(keyOfObject(user), priority.change));
}

/** `forceSync`: the annotation that asks for a refresh. Changes by users queue the key; status writes by the operator do not. */
export function onExternalSecret(context: WakeContext, forceSync: string): EventHandler<ExternalSecretObject> {
  const changedByPeople = anyOf(generationChanged, annotationChanged(forceSync), deletionBegun, keptChanged);
  return (event) => {
    if (!changedByPeople(event)) return;
    context.queue.add(keyOfObject(event.object), priorityOf(event));
    wakeWaiting(event, context);
  };
}

/**
 * Queues the ExternalSecrets that may have failed because this one has the same target. It was deleted, or its specification has changed.
 */
function wakeWaiting({ type, object, before }: WatchEvent<ExternalSecretObject>, context: WakeContext): void {
  if (type === 'added') return;
  const { namespace = '', uid } = object.metadata;
  for (const target of externalSecretIndexes.target(before ?? object)) {
    eachUser(context, { rule: 'waiting', index: 'target', value: target, namespace }, (other) => {
      if (other.metadata.uid !== uid) context.queue.add(keyOfObject(other), priority.change);
    });
  }
}

function priorityOf({ type, object, initial }: WatchEvent<ExternalSecretObject>): Priority {
  if (type !== 'added') return priority.change;
  if (initial !== true || object.status === undefined) return priority.urgent;
  // After a start, resources with a status of this generation wait for new and changed ones.
  return object.status.observedGeneration === object.metadata.generation ? priority.periodic : priority.change;
}

/** Delay for a writer without a record on a target that others write: one reconcile covers all of their writes within this time. */
const LATER = ms(1_000);

/**
 * A target that was deleted, or that differs from its written content. Objects of the first list are skipped: after a start every
 * ExternalSecret is queued.
 */
export function onManagedSecret(context: WakeContext): EventHandler<ManagedSecret> {
  return (event) => {
    if (event.initial === true) return;
    const { namespace = '', name } = event.object.metadata;
    if (isKnownAnew(event)) wakeController(event.object, context);
    const hasNewShape = once(() => shapeOf(event.before) !== shapeOf(event.object));
    eachUser(context, { rule: 'written', index: 'target', value: `${namespace}/${name}`, namespace }, (writer, isMerged) => {
      const { uid } = writer.metadata;
      const isLater = isNotWrittenYet(event, uid);
      if (!isLater && concerns(event, uid, hasNewShape)) context.queue.add(keyOfObject(writer), priority.urgent);
      // An earlier event may have concerned it.
      else if (isLater || isMerged) context.queue.addAfter(keyOfObject(writer), priority.change, LATER);
    });
  };
}

/** The Secret is kept whole now and was not before, or the reverse. */
function isKnownAnew(event: WatchEvent<ManagedSecret>): boolean {
  return event.type === 'modified' && keptChanged(event);
}

/** A Secret whose controller names another target now: while only its name was known, it could not be deleted. */
function wakeController(
  { metadata: { namespace = '', ownerReferences = [] } }: ManagedSecret,
  { externalSecrets, queue }: WakeContext,
): void {
  const controller = ownerReferences.find((owner) => owner.controller === true);
  const key = keyOf(namespace, controller?.name ?? '');
  if (controller !== undefined && externalSecrets.get(key)?.metadata.uid === controller.uid) queue.add(key, priority.change);
}

/** One Secret may have thousands of writers, and its labels and annotations may be long. */
function once(compute: () => boolean): () => boolean {
  let result: boolean | undefined;
  return () => (result ??= compute());
}

/** Without this rule, each write by one of a hundred ExternalSecrets with Merge on one Secret would cause a reconcile of all others. */
function isNotWrittenYet(event: WatchEvent<ManagedSecret>, writer: string): boolean {
  const { type, object, before } = event;
  return type === 'modified' && !isKnownAnew(event) && !object.records.has(writer) && before?.records.has(writer) !== true;
}

function concerns(event: WatchEvent<ManagedSecret>, writer: string, hasNewShape: () => boolean): boolean {
  const { type, object, before } = event;
  const held = object.records.get(writer);
  if (type === 'deleted' || isKnownAnew(event) || held === undefined || !held.intact) return true;
  const heldBefore = before?.records.get(writer);
  // A new record means a write by the operator. With the old record, another client has changed the rest.
  return heldBefore !== undefined && sameRecord(heldBefore.record, held.record) && hasNewShape();
}

function sameRecord(left: object, right: object): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function shapeOf(secret: ManagedSecret | undefined): string {
  const { labels, annotations, ownerReferences } = secret?.metadata ?? {};
  return JSON.stringify([labels, annotations, ownerReferences, secret?.immutable]);
}

const storeChanged = anyOf(generationChanged, keptChanged);

/** A changed store queues its own key. */
export function onStore(stores: Enqueuer): EventHandler<StoreObject> {
  return (event) => {
    if (storeChanged(event)) stores.add(keyOfObject(event.object), event.initial === true ? priority.periodic : priority.change);
  };
}

/** A changed store queues the ExternalSecrets that use it. After a start they are queued anyway. */
export function onUsedStore(kind: 'SecretStore' | 'ClusterSecretStore', context: WakeContext): EventHandler<StoreObject> {
  return (event) => {
    const { namespace = '', name } = event.object.metadata;
    if (event.initial !== true && storeChanged(event)) wakeUsers(kind, namespace, name, context);
  };
}

/** An object to which a store refers has changed: queues the store and the ExternalSecrets that use it. */
export function wakeStore(kind: string, key: Key, stores: Enqueuer, context: WakeContext): void {
  const { namespace, name } = nameOf(key);
  stores.add(key, priority.change);
  wakeUsers(kind, namespace, name, context);
}

function wakeUsers(kind: string, namespace: string, name: string, context: WakeContext): void {
  wakeAll(context, { rule: 'store', index: 'store', value: storeId(kind, namespace, name), namespace });
}

/** The labels of a namespace decide whether its ExternalSecrets may use a ClusterSecretStore. */
export function onNamespace(context: WakeContext): EventHandler<KubeObject> {
  return ({ type, object, before, initial }) => {
    if (initial === true || type === 'deleted') return;
    if (JSON.stringify(before?.metadata.labels ?? {}) === JSON.stringify(object.metadata.labels ?? {}) && type === 'modified') return;
    const { name } = object.metadata;
    wakeAll(context, { rule: 'namespace', index: 'clusterStoreNamespace', value: name, namespace: name });
  };
}

/** A workload that has come or gone: ExternalSecrets that name it report whether it exists. */
export function onTarget(context: WakeContext): EventHandler<Consumer> {
  return ({ type, object, initial }) => {
    if (initial === true || type === 'modified') return;
    const { namespace = '', name } = object.metadata;
    const value = workloadId(object.kind, namespace, name);
    wakeAll(context, { rule: 'workload', index: 'restartTarget', value, namespace });
  };
}
