/** What the engine tells of its reads to whoever compares them with events, and asks of events. */
import type { EventReliance, RemoteReference } from '../port.ts';

export interface ReadObserver {
  /** Whether polls may rely on events of this reference now, for somebody who has opted in. */
  reliesOn(reference: RemoteReference, reliance: EventReliance): boolean;
  /** A read shows another version than the one before. */
  moved(reference: RemoteReference, versionId: string): void;
  /** Nobody uses the reference any more. */
  forget(reference: RemoteReference): void;
}
