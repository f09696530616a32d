/** The watches of one process: events arrive in order for each kind, but late, one at a time, or not for a while. */
import type { Change } from '../fakes/memory-api.ts';

interface Pipe {
  readonly waiting: { readonly at: number; readonly change: Change }[];
  heldUntil: number;
  /** Milliseconds for which an event is on its way. */
  delay: number;
}

export class WatchPipes {
  readonly #now: () => number;
  readonly #pipes = new Map<string, Pipe>();

  /** `now`: a monotonic clock in milliseconds. `resources`: group resources that are watched. */
  constructor(now: () => number, resources: Iterable<string>) {
    this.#now = now;
    for (const resource of resources) this.#pipes.set(resource, { waiting: [], heldUntil: 0, delay: 20 });
  }

  take(change: Change): void {
    this.#pipes.get(change.resource)?.waiting.push({ at: this.#now(), change });
  }

  /** No event of this kind arrives for this time. */
  hold(resource: string, milliseconds: number): void {
    const pipe = this.#pipes.get(resource);
    if (pipe !== undefined) pipe.heldUntil = Math.max(pipe.heldUntil, this.#now() + milliseconds);
  }

  delay(milliseconds: number): void {
    for (const pipe of this.#pipes.values()) pipe.delay = milliseconds;
  }

  /** Forgets what is on its way: the kind is listed anew. */
  clear(resource: string): void {
    this.#pipes.get(resource)?.waiting.splice(0);
  }

  /** The next event that has arrived. */
  next(): Change | undefined {
    for (const pipe of this.#pipes.values()) if (dueAt(pipe) <= this.#now()) return pipe.waiting.shift()?.change;
    return undefined;
  }

  /** When the next event arrives; Infinity: none is on its way. */
  get nextAt(): number {
    return Math.min(...Array.from(this.#pipes.values(), dueAt));
  }

  isHeld(): boolean {
    return [...this.#pipes.values()].some(({ heldUntil }) => heldUntil > this.#now());
  }
}

function dueAt({ waiting: [first], heldUntil, delay }: Pipe): number {
  return first === undefined ? Infinity : Math.max(first.at + delay, heldUntil);
}
