/** Wakes waiting workloads when something opens: those that may go at that moment, in their order, and no others. */
import { type Ms, ms } from '../../base/time/clock.ts';
import type { ConsumerId } from '../consumer/consumer.ts';
import type { Request } from './decide.ts';
import { Turns } from '../../base/sharing/turns.ts';
import { MAX_STEPS, namespaceOf, Reconsidered, type ReconsideringPort } from './reconsidered.ts';
import type { Hold } from './verdict.ts';
import { isForPlace, isSameHold, opensAt, type Parked, type Waiting, type WakerParts } from './waiting.ts';
import { WaitQueues } from './wait-queues.ts';

/** Timers of days are set again each day. */
const LONGEST_MS = 86_400_000;
/** Those of one queue: then it is the turn of another namespace. */
const MAX_QUEUE_STEPS = 250;
const PAUSE_MS = 100;
/** Groups of most workloads. */
const FEW = 4;
/** Above all ranks: a workload with its own timer is no first one of a queue while others wait for the group. */
const BEHIND = 1_000_000;

export class Waker {
  readonly #parts: WakerParts;
  readonly #queues = new WaitQueues();
  readonly #parked = new Map<ConsumerId, Parked>();
  /** Queues whose first workload may be let go. */
  readonly #touched = new Turns();
  readonly #reconsidered = new Reconsidered();
  /** Of the present call. */
  #steps = 0;
  /** Of each queue: the workload that has a timer for it, and until when. */
  readonly #timers = new Map<string, { readonly id: ConsumerId; readonly until: Ms }>();
  #hasFreePlace = false;
  /** A workload that has a timer to see whether those that were woken came. */
  #checker: { readonly id: ConsumerId; readonly until: Ms } | undefined;

  constructor(parts: WakerParts) {
    this.#parts = parts;
  }

  /** What holds it now. Those behind the first of a queue are not asked again when that changes. */
  holdOf(id: ConsumerId, now: Ms): Hold | undefined {
    const parked = this.#parked.get(id);
    if (parked === undefined) return undefined;
    const decision = this.#parts.decisions.decide(parked.request, now);
    return decision.kind === 'wait' ? decision.hold : parked.waiting.hold;
  }

  /** The same for a metric of all workloads: of one that is due in many groups it is what was found when it was asked about last. */
  reasonOf(id: ConsumerId, now: Ms): Hold['reason'] | undefined {
    const parked = this.#parked.get(id);
    return parked !== undefined && parked.request.due.length > FEW ? parked.waiting.hold.reason : this.holdOf(id, now)?.reason;
  }

  touch(queue: string): void {
    this.#touched.add(namespaceOf(queue), queue);
  }

  touchAll(): void {
    for (const queue of this.#queues.names()) this.touch(queue);
  }

  placeFreed(groups: readonly string[]): void {
    for (const group of groups) this.touch(group);
    this.#hasFreePlace = true;
  }

  /** `isAsking`: by its own round, which may have been the end of its timer. */
  park(request: Request, waiting: Waiting, now: Ms, isAsking: boolean): void {
    const { id } = request;
    const before = this.#parked.get(id)?.waiting.hold;
    this.#parked.set(id, { request, waiting });
    this.#enqueue(request, waiting, waiting.hasTimer ? BEHIND : 0);
    if (isForPlace(waiting.hold)) this.#queues.needsPlace(request.namespace, waiting.queues[0] ?? '');
    const isNew = !isSameHold(before, waiting.hold);
    if (isNew || isAsking) this.#setOwnTimer(id, waiting, now);
    for (const queue of waiting.queues) this.#setTimer(queue, now, isAsking ? id : undefined);
    if (isNew) this.#parts.port.changed(request.due);
  }

  /** A round of the workload has begun, so its timers are over. */
  hasRound(id: ConsumerId): void {
    if (this.#checker?.id === id) this.#checker = undefined;
  }

  unpark(id: ConsumerId): void {
    const parked = this.#parked.get(id);
    if (parked === undefined) return;
    for (const queue of this.#ledBy(id)) this.touch(queue);
    this.#remove(id);
    this.#parts.port.changed(parked.request.due);
  }

  /** Asks again about a workload that waits for a time, when the policy of the group has changed. */
  reconsider(id: ConsumerId, group: string): void {
    const parked = this.#parked.get(id);
    if (parked?.waiting.hasTimer !== true) return;
    const { queues, wavesConflict } = parked.waiting;
    this.#enqueue(parked.request, { queues: [...new Set([...queues, group])], wavesConflict }, 0);
  }

  /** Asks again about those that are due in several groups, when the group holds others back than before: it has a say no more, or again. */
  reconsiderShared(group: string): void {
    this.#reconsidered.gateChanged(group);
  }

  /** Wakes all that wait for the group, which is gone. */
  release(group: string): void {
    for (const id of this.#queues.keysOf(group)) this.#reconsidered.release(id);
  }

  /** Wakes whoever may go after the changes so far. */
  settle(now: Ms): void {
    this.#parts.reservations().expire();
    this.#reconsidered.run(this.#reconsidering(now));
    this.#openQueues(now);
    this.#continueLater();
    this.#checkLater();
  }

  #reconsidering(now: Ms): ReconsideringPort {
    return {
      dueIn: (id) => this.#parked.get(id)?.request.due.length ?? 0,
      waitingFor: (group) => this.#queues.keysOf(group),
      askAgain: (id) => this.#reask(id, now),
      wake: (id) => {
        this.unpark(id);
        this.#parts.port.wake(id);
      },
    };
  }

  #openQueues(now: Ms): void {
    for (this.#steps = 0; this.#steps < MAX_STEPS;) {
      // First those whose turn it is: the group that has left a place may have others that want it.
      if (this.#hasFreePlace) {
        this.#hasFreePlace = false;
        this.#givePlaces(now);
        continue;
      }
      const queue = this.#touched.take();
      if (queue === undefined) return;
      this.#letGo(queue, now);
    }
  }

  /** The round of a waiting workload goes on, if no other one comes before. */
  #continueLater(): void {
    const { id: left, group } = this.#reconsidered.left;
    const queue = this.#touched.first();
    const firsts = [group, queue].map((one) => (one === undefined ? undefined : this.#queues.first(one)));
    const [anybody] = this.#hasFreePlace || group !== undefined || queue !== undefined ? this.#parked.keys() : [];
    const id = [left, ...firsts, anybody].find((one) => one !== undefined && (one === left || this.#parked.has(one)));
    if (id !== undefined) this.#parts.port.wakeAfter(id, ms(PAUSE_MS));
  }

  /** Wakes from the front until the first one must wait: then those behind it must wait, too. */
  #letGo(queue: string, now: Ms): void {
    const most = this.#steps + MAX_QUEUE_STEPS;
    for (let last: ConsumerId | undefined; ;) {
      const id = this.#queues.first(queue);
      if (id === undefined || !this.#parked.has(id) || id === last) return;
      if (this.#steps >= most) return this.touch(queue);
      last = id;
      this.#reask(id, now);
    }
  }

  #reask(id: ConsumerId, now: Ms): void {
    const parked = this.#parked.get(id);
    if (parked !== undefined) this.#askAgain(parked.request, now);
  }

  #askAgain(request: Request, now: Ms): void {
    this.#steps += Math.max(request.due.length, 1);
    const decision = this.#parts.decisions.decide(request, now);
    if (decision.kind === 'now') this.#wake(request);
    else this.park(request, decision, now, false);
  }

  #wake({ id, namespace, due, facts }: Request): void {
    this.#remove(id);
    if (facts.healthyBefore) this.#parts.reservations().wake(id, namespace, due);
    this.#parts.port.wake(id);
  }

  #remove(id: ConsumerId): void {
    const queues = this.#queues.queuesOf(id);
    this.#parked.delete(id);
    this.hasRound(id);
    this.#queues.delete(id);
    for (const queue of queues) if (this.#queues.first(queue) === undefined) this.#timers.delete(queue);
  }

  /** Namespaces in turn, and in each of them groups in turn. */
  #givePlaces(now: Ms): void {
    for (const namespace of this.#queues.namespacesInNeed()) {
      if (this.#steps >= MAX_STEPS) {
        this.#hasFreePlace = true;
        return;
      }
      if (this.#parts.slots.limitFor(namespace) !== undefined) continue;
      const queue = this.#queues.takeTurn(namespace);
      if (queue === undefined) continue;
      this.#touched.delete(namespaceOf(queue), queue);
      this.#letGo(queue, now);
      // It may have left room for another group, or for the next round of turns.
      this.#hasFreePlace = true;
    }
  }

  /** The queues in which it is the first. */
  #ledBy(id: ConsumerId): string[] {
    return this.#queues.queuesOf(id).filter((queue) => this.#queues.first(queue) === id);
  }

  /** Whoever is first now in a queue that it led before may be let go. */
  #enqueue(request: Request, { queues, wavesConflict }: Pick<Waiting, 'queues' | 'wavesConflict'>, behind: number): void {
    const led = this.#ledBy(request.id);
    this.#queues.set(request.id, queues, (queue) => this.#parts.decisions.rankOf(request, queue, wavesConflict) + behind);
    for (const queue of led) if (this.#queues.first(queue) !== request.id) this.touch(queue);
  }

  #setOwnTimer(id: ConsumerId, { hold, hasTimer }: Waiting, now: Ms): void {
    if (hasTimer && hold.until !== undefined) this.#wakeAt(id, hold.until, now);
  }

  /** One timer for each queue: that of its first workload. `asking`: its timer may be over. */
  #setTimer(queue: string, now: Ms, asking: ConsumerId | undefined): void {
    const id = this.#queues.first(queue);
    const until = id === undefined ? undefined : opensAt(this.#parked.get(id)?.waiting);
    if (id === undefined || until === undefined) {
      this.#timers.delete(queue);
      return;
    }
    const known = this.#timers.get(queue);
    if (known?.id === id && known.until === until && id !== asking) return;
    this.#timers.set(queue, { id, until });
    this.#wakeAt(id, until, now);
  }

  #wakeAt(id: ConsumerId, until: Ms, now: Ms): void {
    this.#parts.port.wakeAfter(id, ms(Math.min(Math.max(until - now, 1), LONGEST_MS)));
  }

  /** If somebody was woken and does not come, the round of another workload that waits gives its place on. */
  #checkLater(): void {
    const until = this.#parts.reservations().wokenUntil;
    const now = this.#parts.clock.monotonic();
    if (until === undefined || (this.#checker !== undefined && now < this.#checker.until)) return;
    const [id] = this.#parked.keys();
    if (id === undefined) return;
    this.#checker = { id, until: ms(Math.max(until, now + 1)) };
    this.#parts.port.wakeAfter(id, ms(this.#checker.until - now));
  }
}
