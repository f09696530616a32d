/** Compares the reads of the engine with events, and decides whether polling may rely on events. */
import type { EventReliance, RemoteReference } from '../port.ts';

export interface ReadObserver {
  /** Whether polls may rely on events of this reference now, for a subscriber that has opted in. */
  reliesOn(reference: RemoteReference, reliance: EventReliance): boolean;
  /** A read shows another version than the one before. */
  versionChanged(reference: RemoteReference, versionId: string): void;
  /** The reference is no longer tracked. */
  forget(reference: RemoteReference): void;
}
