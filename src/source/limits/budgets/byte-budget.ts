/**
 * Limits the bytes of values that all reconciles hold together. A namespace holds at most half of the bytes that it leaves free: one
 * namespace alone gets a third of the budget, and a small reconcile of a namespace without bytes fits beside many namespaces at their
 * limit. Reconciles that do not fit wait: their namespaces take turns, and within a namespace the order is first come, first served. A
 * large reconcile of a namespace without bytes may not fit beside many small ones: at its turn, released bytes are reserved for it, for one
 * reconcile at a time. Pure data.
 */

/** For one reconcile. A Secret has at most 1 MiB. The rest is for properties of larger values, and for encodings. */
export const RECONCILE_BYTES = 4 * 1024 * 1024;
/** In addition to the cache, and to the copies of the values that a reconcile makes while it writes its Secret. */
export const ALL_RECONCILES_BYTES = 32 * 1024 * 1024;

/** Bytes that a reconcile holds or waits for. */
export interface ByteGrant {
  readonly isGranted: boolean;
  /** Releases all bytes above `bytes`; 0 releases all, or ends the wait. */
  shrink(bytes: number): void;
}

interface Request {
  readonly namespace: string;
  bytes: number;
  granted: boolean;
  readonly onGranted: () => void;
}

/** Maximum bytes of a namespace, as a share of the free bytes. */
const SHARE_OF_FREE = 1 / 2;

export class ByteBudget {
  readonly #total: number;
  #held = 0;
  readonly #heldBy = new Map<string, number>();
  /** Waiting requests by namespace. The first namespace is the next. */
  readonly #waiting = new Map<string, Set<Request>>();
  /** The request for which released bytes are reserved, and the number of reserved bytes. */
  #reserved: { readonly request: Request; bytes: number } | undefined;

  constructor(total: number) {
    this.#total = total;
  }

  /** If the bytes are not granted at once, `onGranted` is called later. `bytes` is at most a third of the total; more is never granted. */
  ask(namespace: string, bytes: number, onGranted: () => void): ByteGrant {
    const request: Request = { namespace, bytes, granted: false, onGranted };
    if (!this.#waiting.has(namespace) && this.#fits(request)) this.#grant(request);
    else this.#waiting.set(namespace, (this.#waiting.get(namespace) ?? new Set()).add(request));
    this.#reserve();
    return this.#grantOf(request);
  }

  /** For a reconcile that has bytes already and reads again. It does not wait, because others wait for its bytes. */
  take(namespace: string, bytes: number): ByteGrant {
    const request: Request = { namespace, bytes, granted: false, onGranted: () => undefined };
    this.#grant(request);
    return this.#grantOf(request);
  }

  get held(): number {
    return this.#held;
  }

  get waiting(): number {
    return this.#waiting.values().reduce((sum, requests) => sum + requests.size, 0);
  }

  #fits(request: Request): boolean {
    const { namespace, bytes } = request;
    const reserved = this.#reserved?.bytes ?? 0;
    const isReserved = this.#reserved?.request === request;
    if (isReserved && reserved >= bytes) return true;
    const free = this.#total - this.#held - (isReserved ? 0 : reserved);
    return (this.#heldBy.get(namespace) ?? 0) + bytes <= (free - bytes) * SHARE_OF_FREE;
  }

  /** For the first request in turn whose namespace has no bytes. A namespace with bytes waits until it releases them itself. */
  #reserve(): void {
    if (this.#reserved !== undefined) return;
    for (const [namespace, [request]] of this.#waiting) {
      if (request === undefined || this.#heldBy.has(namespace)) continue;
      this.#reserved = { request, bytes: 0 };
      return;
    }
  }

  #addReserved(freed: number): void {
    const reserved = this.#reserved;
    if (reserved !== undefined) reserved.bytes = Math.min(reserved.bytes + freed, reserved.request.bytes);
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

  #grantOf(request: Request): ByteGrant {
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
      this.#addReserved(surplus);
    } else if (bytes === 0) this.#leave(request);
    this.#serve();
  }

  #leave(request: Request): void {
    const requests = this.#waiting.get(request.namespace);
    requests?.delete(request);
    if (requests?.size === 0) this.#waiting.delete(request.namespace);
    if (this.#reserved?.request === request) this.#reserved = undefined;
  }

  /** A request that does not fit delays no other namespace, except by its reserved bytes. */
  #serve(): void {
    const granted: Request[] = [];
    for (const [namespace, requests] of this.#waiting) {
      const [first] = requests;
      if (first === undefined || !this.#fits(first)) continue;
      this.#grant(first);
      granted.push(first);
      // The other requests of the namespace come after those of all others; the loop reaches them there.
      this.#waiting.delete(namespace);
      requests.delete(first);
      if (requests.size > 0) this.#waiting.set(namespace, requests);
    }
    this.#reserve();
    // A callback may release bytes at once, which must not change the Map during the loop.
    for (const { onGranted } of granted) onGranted();
  }
}
