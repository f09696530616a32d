/** Who has places: workloads that roll by their reports, and those that were let go and are not reported as rolling yet. */
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import type { ConsumerId } from '../consumer/consumer.ts';
import type { MemberState } from './member.ts';
import type { Slots } from './slots.ts';

interface Held {
  readonly namespace: string;
  /** Groups in which it is reported as Rolling. */
  readonly rolling: readonly string[] | undefined;
  /** Groups for which it was told to come or to go. */
  readonly reserved: readonly string[] | undefined;
}

/** A workload that was woken for a place and did not ask within this time loses it: its round may fail before. It asks again when its round succeeds. */
export const WOKEN_MS = ms(30_000);

export class Reservations {
  readonly #clock: Clock;
  readonly #slots: Slots;
  readonly #held = new Map<ConsumerId, Held>();
  /** Told to come, with the monotonic time: the oldest first. */
  readonly #woken = new Map<ConsumerId, Ms>();
  readonly #freed: (groups: readonly string[]) => void;

  /** `freed` is called after each change that can make room, with the groups. */
  constructor(clock: Clock, slots: Slots, freed: (groups: readonly string[]) => void) {
    this.#clock = clock;
    this.#slots = slots;
    this.#freed = freed;
  }

  /** Monotonic time at which the first of those that were woken loses its place. */
  get wokenUntil(): Ms | undefined {
    for (const at of this.#woken.values()) return ms(at + WOKEN_MS);
    return undefined;
  }

  /** A place that was given stays until the report says that the workload rolls or needs no restart: a report may be older than its patch. */
  reported(id: ConsumerId, namespace: string, states: ReadonlyMap<string, MemberState>): void {
    const before = this.#held.get(id);
    const rolling = [...states].filter(([, state]) => state.phase === 'Rolling' && state.healthyBefore).map(([group]) => group);
    const isOpen = before?.reserved?.some((group) => isWanted(states.get(group))) ?? false;
    const reserved = isOpen ? before?.reserved : undefined;
    if (!isOpen) this.#woken.delete(id);
    if (before === undefined && rolling.length === 0) return;
    this.#set(id, { namespace, rolling: rolling.length > 0 ? rolling : undefined, reserved });
  }

  wake(id: ConsumerId, namespace: string, groups: readonly string[]): void {
    this.#woken.delete(id);
    this.#woken.set(id, this.#clock.monotonic());
    this.#set(id, { namespace, rolling: this.#held.get(id)?.rolling, reserved: groups });
  }

  admit(id: ConsumerId, namespace: string, groups: readonly string[]): void {
    this.#woken.delete(id);
    this.#set(id, { namespace, rolling: this.#held.get(id)?.rolling, reserved: groups });
  }

  /** Takes back what is not reported. */
  cancel(id: ConsumerId): void {
    this.#woken.delete(id);
    const held = this.#held.get(id);
    if (held?.reserved !== undefined) this.#set(id, { ...held, reserved: undefined });
  }

  forget(id: ConsumerId): void {
    this.#woken.delete(id);
    const held = this.#held.get(id);
    if (held !== undefined) this.#set(id, { ...held, rolling: undefined, reserved: undefined });
  }

  /** Takes back the places of those that were woken and did not come. */
  expire(): void {
    const now = this.#clock.monotonic();
    for (const [id, at] of this.#woken) {
      if (now < at + WOKEN_MS) return;
      this.cancel(id);
    }
  }

  #set(id: ConsumerId, held: Held): void {
    const { namespace, rolling, reserved } = held;
    const hasPlace = rolling !== undefined || reserved !== undefined;
    if (hasPlace) this.#held.set(id, held);
    else this.#held.delete(id);
    const total = this.#slots.total;
    const freed = this.#slots.set(id, namespace, hasPlace ? union(rolling, reserved) : undefined);
    if (freed.length > 0 || this.#slots.total < total) this.#freed(freed);
  }
}

/** A blocked workload asks for nothing. */
function isWanted(state: MemberState | undefined): boolean {
  return state?.due === true && state.phase !== 'Blocked';
}

function union(one: readonly string[] = [], other: readonly string[] = []): readonly string[] {
  return one.length === 0 ? other : [...new Set([...one, ...other])];
}
