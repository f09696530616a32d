/** What a change in the cluster wakes: events in, keys and priorities out. Handlers only enqueue; reconciling decides what there is to do. */
import type { ExternalSecretObject } from '../api/external-secret.ts';
import type { KubeObject } from '../api/object.ts';
import type { StoreObject } from '../api/secret-store.ts';
import type { ManagedSecret } from '../apply/managed-secret.ts';
import { ms } from '../base/clock.ts';
import { keyOf, nameOf, type Key } from '../base/key.ts';
import type { Enqueuer } from '../queue/port.ts';
import { priority, type Priority } from '../base/priority.ts';
import type { Workload } from '../restart/port.ts';
import type { EventHandler, ObjectStore, WatchEvent } from '../watch/port.ts';
import { annotationChanged, anyOf, deletionBegun, generationChanged, keptChanged } from '../watch/predicates.ts';
import { externalSecretIndexes, storeId, workloadId } from './indexes.ts';

export interface WakeContext {
  readonly externalSecrets: ObjectStore<ExternalSecretObject>;
  readonly queue: Enqueuer;
}

function keyOfObject({ metadata }: KubeObject): Key {
  return keyOf(metadata.namespace ?? '', metadata.name);
}

function wakeAll({ queue }: WakeContext, objects: Iterable<KubeObject>, at: Priority): void {
  for (const object of objects) queue.add(keyOfObject(object), at);
}

/** `forceSync`: the annotation that asks for a refresh. What a person changed wakes; our own status writes wake nobody. */
export function onExternalSecret(context: WakeContext, forceSync: string): EventHandler<ExternalSecretObject> {
  const changedByPeople = anyOf(generationChanged, annotationChanged(forceSync), deletionBegun, keptChanged);
  return (event) => {
    if (!changedByPeople(event)) return;
    context.queue.add(keyOfObject(event.object), priorityOf(event));
    wakeWaiting(event, context);
  };
}

/** Those that were refused a target because of this ExternalSecret: it is gone now, or its specification is another. */
function wakeWaiting({ type, object, before }: WatchEvent<ExternalSecretObject>, context: WakeContext): void {
  if (type === 'added') return;
  for (const target of externalSecretIndexes.target(before ?? object)) {
    const others = context.externalSecrets.byIndex('target', target).filter(({ metadata }) => metadata.uid !== object.metadata.uid);
    wakeAll(context, others, priority.change);
  }
}

function priorityOf({ type, object, initial }: WatchEvent<ExternalSecretObject>): Priority {
  if (type !== 'added') return priority.change;
  if (initial !== true || object.status === undefined) return priority.urgent;
  // At a start those that have been reported on can wait for those that never were, and for those that were changed since.
  return object.status.observedGeneration === object.metadata.generation ? priority.periodic : priority.change;
}

/** Until a writer that has not written yet looks at a target that others change: once for all of their writes within this time. */
const LATER = ms(1_000);

/** A target that is gone or not as it was written. What the first list shows is looked at anyway. */
export function onManagedSecret(context: WakeContext): EventHandler<ManagedSecret> {
  return (event) => {
    if (event.initial === true) return;
    const { namespace = '', name } = event.object.metadata;
    for (const writer of context.externalSecrets.byIndex('target', `${namespace}/${name}`)) {
      const { uid } = writer.metadata;
      if (isNotWrittenYet(event, uid)) context.queue.addAfter(keyOfObject(writer), priority.change, LATER);
      else if (concerns(event, uid)) context.queue.add(keyOfObject(writer), priority.urgent);
    }
  };
}

/** A hundred that merge into one Secret would otherwise have a round each at each write of each other. */
function isNotWrittenYet({ type, object, before }: WatchEvent<ManagedSecret>, writer: string): boolean {
  return type === 'modified' && !object.records.has(writer) && before?.records.has(writer) !== true;
}

function concerns({ type, object, before }: WatchEvent<ManagedSecret>, writer: string): boolean {
  const held = object.records.get(writer);
  if (type === 'deleted' || held === undefined || !held.intact) return true;
  const heldBefore = before?.records.get(writer);
  // With a new record it's our own write; with the old one somebody else has changed the rest.
  return heldBefore !== undefined && sameRecord(heldBefore.record, held.record) && shapeOf(before) !== shapeOf(object);
}

function sameRecord(left: object, right: object): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function shapeOf(secret: ManagedSecret | undefined): string {
  const { labels, annotations, ownerReferences } = secret?.metadata ?? {};
  return JSON.stringify([labels, annotations, ownerReferences, secret?.immutable]);
}

const storeChanged = anyOf(generationChanged, keptChanged);

/** A store wakes itself. */
export function onStore(stores: Enqueuer): EventHandler<StoreObject> {
  return (event) => {
    if (storeChanged(event)) stores.add(keyOfObject(event.object), event.initial === true ? priority.periodic : priority.change);
  };
}

/** A store wakes the ExternalSecrets that use it. At a start they are queued anyway. */
export function onUsedStore(kind: 'SecretStore' | 'ClusterSecretStore', context: WakeContext): EventHandler<StoreObject> {
  return (event) => {
    const { namespace = '', name } = event.object.metadata;
    if (event.initial !== true && storeChanged(event)) wakeUsers(kind, namespace, name, context);
  };
}

/** What a store refers to has changed: it wakes, and with it all that use it. */
export function wakeStore(kind: string, key: Key, stores: Enqueuer, context: WakeContext): void {
  const { namespace, name } = nameOf(key);
  stores.add(key, priority.change);
  wakeUsers(kind, namespace, name, context);
}

function wakeUsers(kind: string, namespace: string, name: string, context: WakeContext): void {
  wakeAll(context, context.externalSecrets.byIndex('store', storeId(kind, namespace, name)), priority.change);
}

/** The labels of a namespace decide who may use a ClusterSecretStore. */
export function onNamespace(context: WakeContext): EventHandler<KubeObject> {
  return ({ type, object, before, initial }) => {
    if (initial === true || type === 'deleted') return;
    if (JSON.stringify(before?.metadata.labels ?? {}) === JSON.stringify(object.metadata.labels ?? {}) && type === 'modified') return;
    wakeAll(context, context.externalSecrets.byIndex('clusterStoreNamespace', object.metadata.name), priority.change);
  };
}

/** A restart target that appears, whose marker somebody has changed, or whose pods are no longer (or newly) held back; our own restarts wake nobody. */
export function onWorkload(context: WakeContext, managedSecrets: ObjectStore<ManagedSecret>): EventHandler<Workload> {
  return ({ type, object, before, initial }) => {
    if (initial === true) return;
    const released = before?.hold !== object.hold;
    if (type === 'modified' && !released && JSON.stringify(before?.markers) === JSON.stringify(object.markers)) return;
    const { namespace = '', name } = object.metadata;
    const users = context.externalSecrets.byIndex('restartTarget', workloadId(object.kind, namespace, name));
    const concerned = type === 'modified' && !released ? users.filter((user) => !isMarkedFor(user, object, managedSecrets)) : users;
    wakeAll(context, concerned, priority.change);
  };
}

/** Whether a marker states the content that this ExternalSecret's target holds: content ids are unique, so its name need not be looked at. */
function isMarkedFor(user: ExternalSecretObject, { markers }: Workload, managedSecrets: ObjectStore<ManagedSecret>): boolean {
  const [target] = externalSecretIndexes.target(user);
  const [namespace = '', name = ''] = target?.split('/') ?? [];
  const content = managedSecrets.get(keyOf(namespace, name))?.records.get(user.metadata.uid)?.record.content;
  return content !== undefined && Object.values(markers).includes(content);
}
