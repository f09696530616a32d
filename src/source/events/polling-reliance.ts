/**
 * May polling be stretched because events tell of changes? Only while the queue is read, and not where a read has found a change that no event
 * told: first of that reference, and with it of its whole identity, until an event about the reference has come.
 */
import { type IdentityKey, identityKey } from '../../aws/credentials/identity.ts';
import type { Clock } from '../../base/clock.ts';
import type { EventReliance, ReferenceKey, RemoteReference } from '../port.ts';
import { referenceKey } from '../references/reference-key.ts';
import type { Change } from './change.ts';
import { expectedVersion } from './concerned.ts';
import type { ReadObserver } from './read-observer.ts';

/** An event may come later than a read that finds the same change; by this time it must have come. */
const GRACE_MS = 60_000;
/** So long what an event told is remembered, for reads that find it later. */
const MEMORY_MS = 15 * 60_000;
/** Versions of one reference that are remembered. */
const MOST_VERSIONS = 8;

interface Told {
  at: number;
  /** Versions that events stated. */
  readonly versions: string[];
  /** When the last event came that stated none (monotonic). */
  unstatedAt: number | undefined;
}

interface Suspect {
  readonly reference: RemoteReference;
  readonly versionId: string;
  readonly since: number;
}

export interface PollingRelianceOptions {
  readonly clock: Clock;
  /** A read has found a change that no event has told. */
  readonly onMissed: (reference: RemoteReference) => void;
  /** What `trusts` and `isIncomplete` say is something else now. */
  readonly onChange: () => void;
}

/** The queue that is read, and whether stores that name none may rely on it. */
export interface ReliableQueue {
  readonly url: string;
  readonly forAll: boolean;
}

export class PollingReliance implements ReadObserver {
  readonly #options: PollingRelianceOptions;
  readonly #told = new Map<ReferenceKey, Told>();
  readonly #suspects = new Map<ReferenceKey, Suspect>();
  readonly #missed = new Map<IdentityKey, Set<ReferenceKey>>();
  /** What a process before this one has found, which did not say of which reference. */
  readonly #inherited = new Set<IdentityKey>();
  #queue: ReliableQueue | undefined;

  constructor(options: PollingRelianceOptions) {
    this.#options = options;
  }

  /** The queue that is being read; undefined while none is, or it can't be. */
  receivingFrom(queue: ReliableQueue | undefined): void {
    const before = this.#queue;
    if (before?.url === queue?.url && before?.forAll === queue?.forAll) return;
    this.#queue = queue;
    // What is found while nothing is received proves nothing.
    if (queue === undefined) this.#suspects.clear();
    this.#options.onChange();
  }

  reliesOn(reference: RemoteReference, { queueUrl }: EventReliance): boolean {
    if (this.#queue === undefined || this.isIncomplete(identityKey(reference.identity))) return false;
    return queueUrl === undefined ? this.#queue.forAll : queueUrl === this.#queue.url;
  }

  isIncomplete(identity: IdentityKey): boolean {
    return this.#missed.has(identity) || this.#inherited.has(identity);
  }

  /** A process before this one has found what no event told, as this identity. It is trusted again once an event about one of its references comes. */
  inherit(identity: IdentityKey): void {
    if (this.isIncomplete(identity)) return;
    this.#inherited.add(identity);
    this.#options.onChange();
  }

  /** An event about the reference has come. */
  told(reference: RemoteReference, change: Change): void {
    const key = referenceKey(reference);
    const now = this.#options.clock.monotonic();
    const told = this.#told.get(key) ?? { at: now, versions: [], unstatedAt: undefined };
    const version = expectedVersion(reference, change);
    if (version === undefined) told.unstatedAt = now;
    else if (!told.versions.includes(version)) told.versions.push(version);
    if (told.versions.length > MOST_VERSIONS) told.versions.shift();
    told.at = now;
    // Kept in the order of their times.
    this.#told.delete(key);
    this.#told.set(key, told);
    const suspect = this.#suspects.get(key);
    if (suspect !== undefined && isTold(told, suspect.versionId)) this.#suspects.delete(key);
    this.#restore(reference, key);
    if (this.#inherited.delete(identityKey(reference.identity))) this.#options.onChange();
  }

  moved(reference: RemoteReference, versionId: string): void {
    if (this.#queue === undefined || !isToldByEvents(reference)) return;
    const key = referenceKey(reference);
    const told = this.#told.get(key);
    if (told !== undefined && isTold(told, versionId)) this.#suspects.delete(key);
    else this.#suspects.set(key, { reference, versionId, since: this.#options.clock.monotonic() });
  }

  forget(reference: RemoteReference): void {
    const key = referenceKey(reference);
    this.#told.delete(key);
    this.#suspects.delete(key);
    this.#restore(reference, key);
  }

  /** A poll of the queue has ended, and there was no more to receive: who is suspected for long is so for good reason. */
  drained(): void {
    const now = this.#options.clock.monotonic();
    for (const [key, told] of this.#told) {
      if (now - told.at < MEMORY_MS) break;
      this.#told.delete(key);
    }
    for (const [key, suspect] of this.#suspects) {
      if (now - suspect.since < GRACE_MS) continue;
      this.#suspects.delete(key);
      this.#miss(suspect.reference, key);
    }
  }

  #miss(reference: RemoteReference, key: ReferenceKey): void {
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

  #restore(reference: RemoteReference, key: ReferenceKey): void {
    const identity = identityKey(reference.identity);
    const missed = this.#missed.get(identity);
    if (missed?.delete(key) !== true || missed.size > 0) return;
    this.#missed.delete(identity);
    this.#options.onChange();
  }
}

/** AWSPREVIOUS follows AWSCURRENT without an event of its own, and no event tells of tags or of what a query finds. */
function isToldByEvents({ version }: RemoteReference): boolean {
  return version.kind === 'id' || (version.kind === 'stage' && version.stage !== 'AWSPREVIOUS');
}

function isTold({ versions, unstatedAt }: Told, versionId: string): boolean {
  return unstatedAt !== undefined || versions.includes(versionId);
}
