/**
 * How many bytes of values all rounds may hold together. A namespace holds at most half of what it leaves free: one alone a third of the budget, and a
 * small round of one that holds nothing finds room beside many that have all they may have. Rounds without room wait: their namespaces take turns, and
 * within one namespace the first comes first. A large round of a namespace that holds nothing may find none beside many small ones: once its turn has
 * come, the room that others free is kept for it, one round at a time. Pure data.
 */

/** Room that was asked for. */
export interface Room {
  readonly isGranted: boolean;
  /** Gives back what is above `bytes`; 0 gives all of it back, or ends the waiting. */
  shrink(bytes: number): void;
}

interface Request {
  readonly namespace: string;
  bytes: number;
  granted: boolean;
  readonly onGranted: () => void;
}

/** What a namespace holds, of what is free beside it. */
const SHARE_OF_FREE = 1 / 2;

export class ByteBudget {
  readonly #total: number;
  #held = 0;
  readonly #heldBy = new Map<string, number>();
  /** The namespace whose turn is next comes first. */
  readonly #waiting = new Map<string, Set<Request>>();
  /** The request that freed room is kept for, and how many bytes of it there are. */
  #reserved: { readonly request: Request; kept: number } | undefined;

  constructor(total: number) {
    this.#total = total;
  }

  /** `onGranted` is called later where the room is not granted at once. `bytes` is at most a third of the total, else it is never granted. */
  ask(namespace: string, bytes: number, onGranted: () => void): Room {
    const request: Request = { namespace, bytes, granted: false, onGranted };
    if (!this.#waiting.has(namespace) && this.#fits(request)) this.#grant(request);
    else this.#waiting.set(namespace, (this.#waiting.get(namespace) ?? new Set()).add(request));
    this.#reserve();
    return this.#roomOf(request);
  }

  /** For a round that holds room already and reads once more: it does not wait while others wait for it. */
  take(namespace: string, bytes: number): Room {
    const request: Request = { namespace, bytes, granted: false, onGranted: () => undefined };
    this.#grant(request);
    return this.#roomOf(request);
  }

  get held(): number {
    return this.#held;
  }

  get waiting(): number {
    return this.#waiting.values().reduce((sum, requests) => sum + requests.size, 0);
  }

  #fits(request: Request): boolean {
    const { namespace, bytes } = request;
    const kept = this.#reserved?.kept ?? 0;
    const isReserved = this.#reserved?.request === request;
    if (isReserved && kept >= bytes) return true;
    const free = this.#total - this.#held - (isReserved ? 0 : kept);
    return (this.#heldBy.get(namespace) ?? 0) + bytes <= (free - bytes) * SHARE_OF_FREE;
  }

  /** For the first in turn whose namespace holds nothing: one that holds something waits for its own share, which it frees itself. */
  #reserve(): void {
    if (this.#reserved !== undefined) return;
    for (const [namespace, [request]] of this.#waiting) {
      if (request === undefined || this.#heldBy.has(namespace)) continue;
      this.#reserved = { request, kept: 0 };
      return;
    }
  }

  #keep(freed: number): void {
    const reserved = this.#reserved;
    if (reserved !== undefined) reserved.kept = Math.min(reserved.kept + freed, reserved.request.bytes);
  }

  #grant(request: Request): void {
    if (this.#reserved?.request === request) this.#reserved = undefined;
    request.granted = true;
    this.#count(request.namespace, request.bytes);
  }

  #count(namespace: string, bytes: number): void {
    const held = (this.#heldBy.get(namespace) ?? 0) + bytes;
    this.#held += bytes;
    if (held === 0) this.#heldBy.delete(namespace);
    else this.#heldBy.set(namespace, held);
  }

  #roomOf(request: Request): Room {
    return {
      get isGranted() {
        return request.granted;
      },
      shrink: (bytes) => {
        if (bytes < request.bytes) this.#reduce(request, bytes);
      },
    };
  }

  #reduce(request: Request, bytes: number): void {
    const surplus = request.bytes - bytes;
    if (surplus === 0) return;
    request.bytes = bytes;
    if (request.granted) {
      this.#count(request.namespace, -surplus);
      this.#keep(surplus);
    } else if (bytes === 0) this.#leave(request);
    this.#serve();
  }

  #leave(request: Request): void {
    const requests = this.#waiting.get(request.namespace);
    requests?.delete(request);
    if (requests?.size === 0) this.#waiting.delete(request.namespace);
    if (this.#reserved?.request === request) this.#reserved = undefined;
  }

  /** A request that does not fit holds up nobody of another namespace, but for the room that is kept for one. */
  #serve(): void {
    const granted: Request[] = [];
    for (const [namespace, requests] of this.#waiting) {
      const [first] = requests;
      if (first === undefined || !this.#fits(first)) continue;
      this.#grant(first);
      granted.push(first);
      // The rest of the namespace comes after all others; the loop reaches it there.
      this.#waiting.delete(namespace);
      requests.delete(first);
      if (requests.size > 0) this.#waiting.set(namespace, requests);
    }
    this.#reserve();
    // They may release at once, which must not disturb the loop.
    for (const { onGranted } of granted) onGranted();
  }
}
