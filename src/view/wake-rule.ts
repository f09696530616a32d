/** A rule for the changes of one kind: the keys that they queue. */
import type { KubeObject } from '../api/object.ts';
import type { EventHandler } from '../watch/port.ts';

export interface WakeRule {
  /** Name of the kind. */
  readonly kind: string;
  /** Only enqueues keys. */
  readonly handle: EventHandler<KubeObject>;
}

/** `handle` gets only objects of `kind`, in the reduced form of the view. */
export function wakeRule<T extends KubeObject>(kind: string, handle: EventHandler<T>): WakeRule {
  return { kind, handle: handle as EventHandler<KubeObject> };
}

/** One handler that calls the handlers of a kind in this order. */
export function inOrder<T extends KubeObject>(...handlers: readonly EventHandler<T>[]): EventHandler<T> {
  return (event) => {
    for (const handler of handlers) handler(event);
  };
}
