/**
 * Decides whether poll intervals may be extended because events report changes. They may only while the queue is read. After a read found a
 * change without an event, they may not for that identity until an event about the same reference arrives.
 */
import { type IdentityKey, identityKey } from '../../aws/credentials/identity.ts';
import type { Clock } from '../../base/time/clock.ts';
import type { EventReliance, ReferenceKey, RemoteReference } from '../port.ts';
import { referenceKey } from '../references/reference-key.ts';
import type { Change } from '../references/change.ts';
import { expectedVersion } from '../references/affected-references.ts';
import type { ReadObserver } from '../references/read-observer.ts';

/** Maximum time by which an event may arrive after a read that finds the same change. */
const GRACE_MS = 60_000;
/** Time for which events are kept, for reads that find their change later. */
const KEPT_MS = 15 * 60_000;
/** Versions of one reference that are kept. */
const MAX_VERSIONS = 8;

interface ReceivedEvents {
  at: number;
  /** Versions in events. */
  readonly versions: string[];
  /** Monotonic time of the last event without a version. */
  unstatedAt: number | undefined;
}

interface UnreportedChange {
  readonly reference: RemoteReference;
  readonly versionId: string;
  readonly since: number;
}

export interface PollingRelianceOptions {
  readonly clock: Clock;
  /** A read has found a change without an event. */
  readonly onMissed: (reference: RemoteReference) => void;
  /** The result of `reliesOn` or `isIncomplete` has changed. */
  readonly onChange: () => void;
}

/** The queue that is read, and whether stores without a queue may rely on it. */
export interface ReliableQueue {
  readonly url: string;
  readonly forAll: boolean;
}

export class PollingReliance implements ReadObserver {
  readonly #options: PollingRelianceOptions;
  readonly #received = new Map<ReferenceKey, ReceivedEvents>();
  readonly #unreported = new Map<ReferenceKey, UnreportedChange>();
  readonly #missed = new Map<IdentityKey, Set<ReferenceKey>>();
  /** Identities that an earlier process found incomplete, for an unknown reference. */
  readonly #inherited = new Set<IdentityKey>();
  #queue: ReliableQueue | undefined;

  constructor(options: PollingRelianceOptions) {
    this.#options = options;
  }

  /** The queue that is read. Undefined without a queue, or if it cannot be read. */
  receivingFrom(queue: ReliableQueue | undefined): void {
    const before = this.#queue;
    if (before?.url === queue?.url && before?.forAll === queue?.forAll) return;
    this.#queue = queue;
    // A change that a read finds while no message is received proves no missing event.
    if (queue === undefined) this.#unreported.clear();
    this.#options.onChange();
  }

  reliesOn(reference: RemoteReference, { queueUrl }: EventReliance): boolean {
    if (this.#queue === undefined || this.isIncomplete(identityKey(reference.identity))) return false;
    return queueUrl === undefined ? this.#queue.forAll : queueUrl === this.#queue.url;
  }

  isIncomplete(identity: IdentityKey): boolean {
    return this.#missed.has(identity) || this.#inherited.has(identity);
  }

  /**
   * An earlier process found a change without an event for this identity. Events are complete again after an event about any of its
   * references.
   */
  inherit(identity: IdentityKey): void {
    if (this.isIncomplete(identity)) return;
    this.#inherited.add(identity);
    this.#options.onChange();
  }

  /** Called for an event about the reference. */
  eventReceived(reference: RemoteReference, change: Change): void {
    const key = referenceKey(reference);
    const now = this.#options.clock.monotonic();
    const events = this.#received.get(key) ?? { at: now, versions: [], unstatedAt: undefined };
    const version = expectedVersion(reference, change);
    if (version === undefined) events.unstatedAt = now;
    else if (!events.versions.includes(version)) events.versions.push(version);
    if (events.versions.length > MAX_VERSIONS) events.versions.shift();
    events.at = now;
    // Kept in the order of their times.
    this.#received.delete(key);
    this.#received.set(key, events);
    const unreported = this.#unreported.get(key);
    if (unreported !== undefined && isReported(events, unreported.versionId)) this.#unreported.delete(key);
    this.#clearMissed(reference, key);
    if (this.#inherited.delete(identityKey(reference.identity))) this.#options.onChange();
  }

  versionChanged(reference: RemoteReference, versionId: string): void {
    if (this.#queue === undefined || !hasEvents(reference)) return;
    const key = referenceKey(reference);
    const events = this.#received.get(key);
    if (events !== undefined && isReported(events, versionId)) this.#unreported.delete(key);
    else this.#unreported.set(key, { reference, versionId, since: this.#options.clock.monotonic() });
  }

  forget(reference: RemoteReference): void {
    const key = referenceKey(reference);
    this.#received.delete(key);
    this.#unreported.delete(key);
    this.#clearMissed(reference, key);
  }

  /** A poll has ended with an empty queue: changes without an event since the grace period have no event. */
  queueEmptied(): void {
    const now = this.#options.clock.monotonic();
    for (const [key, events] of this.#received) {
      if (now - events.at < KEPT_MS) break;
      this.#received.delete(key);
    }
    for (const [key, unreported] of this.#unreported) {
      if (now - unreported.since < GRACE_MS) continue;
      this.#unreported.delete(key);
      this.#addMissed(unreported.reference, key);
    }
  }

  #addMissed(reference: RemoteReference, key: ReferenceKey): void {
    const identity = identityKey(reference.identity);
    const missed = this.#missed.get(identity);
    this.#options.onMissed(reference);
    if (missed !== undefined) {
      missed.add(key);
      return;
    }
    this.#missed.set(identity, new Set([key]));
    this.#options.onChange();
  }

  #clearMissed(reference: RemoteReference, key: ReferenceKey): void {
    const identity = identityKey(reference.identity);
    const missed = this.#missed.get(identity);
    if (missed?.delete(key) !== true || missed.size > 0) return;
    this.#missed.delete(identity);
    this.#options.onChange();
  }
}

/** AWSPREVIOUS follows AWSCURRENT without its own event. There are no events of tags or of results of queries. */
function hasEvents({ version }: RemoteReference): boolean {
  return version.kind === 'id' || (version.kind === 'stage' && version.stage !== 'AWSPREVIOUS');
}

function isReported({ versions, unstatedAt }: ReceivedEvents, versionId: string): boolean {
  return unstatedAt !== undefined || versions.includes(versionId);
}
