/** A rule for changes of one kind: which keys they wake. */
import type { KubeObject } from '../api/object.ts';
import type { EventHandler } from '../watch/port.ts';

export interface WakeRule {
  /** Name of the kind. */
  readonly kind: string;
  /** Only enqueues. */
  readonly handle: EventHandler<KubeObject>;
}

/** `handle` is called with objects of `kind` only, as the view keeps them. */
export function wakeRule<T extends KubeObject>(kind: string, handle: EventHandler<T>): WakeRule {
  return { kind, handle: handle as EventHandler<KubeObject> };
}

/** Handlers of one kind, one after the other. */
export function inOrder<T extends KubeObject>(...handlers: readonly EventHandler<T>[]): EventHandler<T> {
  return (event) => {
    for (const handler of handlers) handler(event);
  };
}
