/** Workloads that wait and are asked about again, or are woken, because a group has changed: in steps of bounded work, namespaces in turn. */
import { Turns } from '../../base/sharing/turns.ts';
import type { ConsumerId } from '../consumer/consumer.ts';

/**
 * Bounds of the work of one call, in groups that are looked at: a workload can be due in 500 of them, and each takes some microseconds. What is left goes on at the
 * next call.
 */
export const MAX_STEPS = 1_000;
/** Workloads that are collected in the time in which one is asked about one group. */
const COLLECTED = 5;

export interface ReconsideringPort {
  /** Groups in which a waiting workload is due. 0: it does not wait. */
  readonly dueIn: (id: ConsumerId) => number;
  /** All that wait for the group. */
  readonly waitingFor: (group: string) => readonly ConsumerId[];
  readonly askAgain: (id: ConsumerId) => void;
  readonly wake: (id: ConsumerId) => void;
}

export class Reconsidered {
  readonly #gates = new Turns();
  readonly #again = new Turns();
  readonly #released = new Turns();

  /** The group holds others back than before. */
  gateChanged(group: string): void {
    this.#gates.add(namespaceOf(group), group);
  }

  /** The group for which it waited is gone. */
  release(id: ConsumerId): void {
    this.#released.add(namespaceOf(id), id);
  }

  /** What is left, each as a workload or a group. */
  get left(): { readonly id: ConsumerId | undefined; readonly group: string | undefined } {
    return { id: this.#released.first() ?? this.#again.first(), group: this.#gates.first() };
  }

  run(port: ReconsideringPort): void {
    this.#wakeReleased(port);
    for (let steps = 0; steps < MAX_STEPS;) {
      const id = this.#again.take();
      const collected = id === undefined ? this.#collect(port) : 0;
      if (collected === undefined) return;
      steps += id === undefined ? collected : Math.max(port.dueIn(id), 1);
      if (id !== undefined) port.askAgain(id);
    }
  }

  #wakeReleased(port: ReconsideringPort): void {
    for (let steps = 0; steps < MAX_STEPS;) {
      const id = this.#released.take();
      if (id === undefined) return;
      steps += 1 + port.dueIn(id);
      port.wake(id);
    }
  }

  /** Those that are due in several groups, of the next group whose gate has changed. Returns the steps that it took; undefined: there is none. */
  #collect({ dueIn, waitingFor }: ReconsideringPort): number | undefined {
    const group = this.#gates.take();
    if (group === undefined) return undefined;
    const waiting = waitingFor(group);
    for (const id of waiting.filter((one) => dueIn(one) > 1).sort()) this.#again.add(namespaceOf(id), id);
    return 1 + waiting.length / COLLECTED;
  }
}

/** Of a group, of a queue without a group, or of a workload: each is `<word>/<namespace>` and more. */
export function namespaceOf(id: string): string {
  return id.split('/', 2)[1] ?? '';
}
