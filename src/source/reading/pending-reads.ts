/** Wishes for references: who waits for which read, whether it waits in its lane or is under way, and how it ends for them. */
import type { Outcome } from '../../api/failure.ts';
import { type Identity, type IdentityKey, identityKey } from '../../aws/credentials/identity.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { Clock } from '../../base/clock.ts';
import type { Asked } from './call-executor.ts';
import { Lane } from './identity-queue.ts';
import type { ReferenceKey } from '../port.ts';
import type { ReadWish } from './read-coalescer-options.ts';
import { type KeyedReference } from '../references/reference-key.ts';
import type { Waiter } from './waiter.ts';

/** One wish for one reference, shared by all who have it. */
export interface Slot extends Asked {
  readonly waiters: Waiter[];
  /** When it was first wished for (monotonic). */
  readonly since: number;
  started: boolean;
  /** Somebody waits for the value itself, not only for news. */
  wanted: boolean;
  /** Of those who wish for it. */
  readonly namespaces: Set<string>;
  takenFor: string;
  /** The first call of a query that has begun: what it finds is as old and as new as that. */
  begun?: { readonly order: number; readonly at: number } | undefined;
  /** Who wants what is there now of a query that has begun: it goes on for the others, and is made once more for these. */
  later?: Waiter[] | undefined;
}

type NamespacedWish = ReadWish & Required<Pick<ReadWish, 'namespace'>>;

export class Slots {
  readonly #clock: Clock;
  readonly #onWait: (lane: Lane, slot: Slot) => void;
  readonly #slots = new Map<ReferenceKey, Slot>();
  readonly #lanes = new Map<IdentityKey, Lane>();

  /** `onWait`: a slot waits in its lane that did not before, or has become more urgent. */
  constructor(clock: Clock, onWait: (lane: Lane, slot: Slot) => void) {
    this.#clock = clock;
    this.#onWait = onWait;
  }

  /** All identities that anything is read as. */
  get lanes(): MapIterator<Lane> {
    return this.#lanes.values();
  }

  /** A call was made as its identity: those of other identities come first next time. */
  served(lane: Lane): void {
    const key = identityKey(lane.identity);
    if (this.#lanes.delete(key)) this.#lanes.set(key, lane);
  }

  laneOf(identity: Identity): Lane | undefined {
    return this.#lanes.get(identityKey(identity));
  }

  /** Lets go of a lane with which nothing is left to do. */
  leave(lane: Lane): void {
    const key = identityKey(lane.identity);
    if (lane.isIdle && this.#lanes.get(key) === lane) this.#lanes.delete(key);
  }

  /** Whether a read that waits or is under way would do for such a wish. */
  isShared(key: ReferenceKey, fresh: boolean): boolean {
    const known = this.#slots.get(key);
    return known !== undefined && (!fresh || (!known.started && known.begun === undefined));
  }

  /** Waits for a read that waits or is under way, where that will do, and else for one of its own. */
  queue(wanted: KeyedReference, wish: NamespacedWish, waiter: Waiter): void {
    const known = this.#slots.get(wanted.key);
    if (known === undefined) this.#open(wanted, wish, [waiter]);
    else if (this.isShared(wanted.key, wish.fresh)) {
      known.waiters.push(waiter);
      this.#join(known, wish);
    } else if (known.begun === undefined) this.#open(wanted, wish, [waiter]);
    else (known.later ??= []).push(waiter);
  }

  /** It was answered. */
  answer(slot: Slot, outcome: Outcome<SecretVersion>): void {
    this.#end(slot);
    for (const { answered } of slot.waiters) answered(outcome);
    if (slot.later !== undefined) this.#open(slot, { wanted: true, namespace: slot.takenFor }, slot.later);
  }

  /** They will not be answered: the lifetime has ended, or there is a defect. */
  reject(slots: readonly Slot[], reason: unknown): void {
    for (const slot of slots) {
      this.#end(slot);
      for (const { rejected } of [...slot.waiters, ...(slot.later ?? [])]) rejected(reason);
    }
  }

  /** They wait once more, unless somebody has forced a read of the same meanwhile, which answers these, too. */
  again(slots: readonly Slot[]): void {
    for (const slot of slots) {
      const newer = this.#slots.get(slot.key);
      if (newer !== undefined && newer !== slot) {
        newer.waiters.push(...slot.waiters);
        for (const namespace of slot.namespaces) this.#join(newer, { wanted: slot.wanted, namespace });
        continue;
      }
      slot.started = false;
      this.#slots.set(slot.key, slot);
      this.#lane(slot.reference.identity).add(slot);
    }
  }

  #open({ key, reference }: KeyedReference, { wanted, namespace }: Omit<NamespacedWish, 'fresh'>, waiters: Waiter[]): void {
    const since = this.#clock.monotonic();
    const namespaces = new Set([namespace]);
    const slot: Slot = { key, reference, waiters, since, started: false, wanted, namespaces, takenFor: namespace };
    this.#slots.set(key, slot);
    const lane = this.#lane(reference.identity);
    lane.add(slot);
    this.#onWait(lane, slot);
  }

  /** One more wishes for it: it may have become more urgent, and it may be read in the turn of one more namespace. */
  #join(slot: Slot, { wanted, namespace }: Omit<NamespacedWish, 'fresh'>): void {
    const isNews = (wanted && !slot.wanted) || !slot.namespaces.has(namespace);
    slot.wanted ||= wanted;
    slot.namespaces.add(namespace);
    if (!isNews || slot.started) return;
    const lane = this.#lane(slot.reference.identity);
    lane.add(slot);
    this.#onWait(lane, slot);
  }

  #lane(identity: Identity): Lane {
    const key = identityKey(identity);
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane = new Lane(identity);
    this.#lanes.set(key, lane);
    return lane;
  }

  #end(slot: Slot): void {
    this.laneOf(slot.reference.identity)?.remove(slot);
    if (this.#slots.get(slot.key) === slot) this.#slots.delete(slot.key);
  }
}
