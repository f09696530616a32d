/** A rule for the changes of one kind: the keys that they queue. */
import type { KubeObject } from '../api/object/object.ts';
import { groupResource, type ResourceType } from '../api/object/resource-type.ts';
import type { EventHandler } from '../watch/port.ts';
import type { SupportingKind } from './supporting-kind.ts';

export interface WakeRule {
  /** The kind whose changes it concerns: the group resource of an own kind, or the id of a supporting kind. */
  readonly id: string;
  /** Only enqueues keys. */
  readonly handle: EventHandler<KubeObject>;
}

/** For changes of a kind that a controller reconciles. `handle` gets its objects in their reduced form. */
export function onOwn<T extends KubeObject>(type: ResourceType, handle: EventHandler<T>): WakeRule {
  return { id: groupResource(type), handle: handle as EventHandler<KubeObject> };
}

/** The same for a supporting kind. */
export function onSupporting<T extends KubeObject>({ id }: SupportingKind<T>, handle: EventHandler<T>): WakeRule {
  return { id, handle: handle as EventHandler<KubeObject> };
}

/** One handler that calls the handlers of a kind in this order. */
export function inOrder<T extends KubeObject>(...handlers: readonly EventHandler<T>[]): EventHandler<T> {
  return (event) => {
    for (const handler of handlers) handler(event);
  };
}
