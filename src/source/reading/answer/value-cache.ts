/**
 * Caches values for a short time, with a limit in bytes. No entry stays longer than the time to live, even if AWS confirms its version
 * again.
 */
import type { SecretVersion } from '../../../aws/port.ts';
import { type Clock, type Ms, ms } from '../../../base/time/clock.ts';
import type { ReferenceKey } from '../../port.ts';

interface CacheEntry {
  readonly version: SecretVersion;
  readonly bytes: number;
  readonly storedAt: Ms;
  /** Monotonic time of AWS's last confirmation that this is the version. */
  confirmedAt: Ms;
}

const DEFAULT_TTL = ms(300_000);
const DEFAULT_BYTES = 16 * 1024 * 1024;

export interface CacheLimits {
  /** 0 turns the cache off. Default: 300 s. */
  readonly ttl?: Ms | undefined;
  /** Default: 16 MiB. */
  readonly bytes?: number | undefined;
}

/** Memory of an entry besides its value: its names and the Map entry. */
const OVERHEAD_BYTES = 512;

export class ValueCache {
  readonly #clock: Clock;
  readonly #limits: { readonly ttl: Ms; readonly bytes: number };
  /** Oldest first: an entry that is stored again goes to the end. */
  readonly #entries = new Map<ReferenceKey, CacheEntry>();
  #bytes = 0;

  constructor(clock: Clock, { ttl = DEFAULT_TTL, bytes = DEFAULT_BYTES }: CacheLimits) {
    this.#clock = clock;
    this.#limits = { ttl, bytes };
  }

  /** The version, if AWS has confirmed it within `maxAge`. */
  get(key: ReferenceKey, maxAge: Ms): SecretVersion | undefined {
    this.expire();
    const entry = this.#entries.get(key);
    return entry !== undefined && this.#clock.monotonic() - entry.confirmedAt <= maxAge ? entry.version : undefined;
  }

  has(key: ReferenceKey): boolean {
    return this.#entries.has(key);
  }

  /** `age`: time since the call to AWS. */
  put(key: ReferenceKey, version: SecretVersion, age: Ms): void {
    this.drop(key);
    const bytes = version.value.size + OVERHEAD_BYTES;
    if (this.#limits.ttl === 0 || bytes > this.#limits.bytes) return;
    const now = this.#clock.monotonic();
    this.#entries.set(key, { version, bytes, storedAt: now, confirmedAt: ms(now - age) });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limits.bytes) break;
      this.drop(oldest);
    }
  }

  /**
   * AWS has returned this version id. An entry of the same version becomes fresher but does not stay longer. Another version is dropped.
   */
  confirm(key: ReferenceKey, versionId: string, age: Ms): void {
    const entry = this.#entries.get(key);
    if (entry?.version.versionId === versionId) entry.confirmedAt = ms(this.#clock.monotonic() - age);
    else this.drop(key);
  }

  drop(key: ReferenceKey): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }

  /** Drops entries that are older than the time to live. */
  expire(): void {
    const now = this.#clock.monotonic();
    for (const [key, entry] of this.#entries) {
      if (now - entry.storedAt < this.#limits.ttl) break;
      this.drop(key);
    }
  }

  /** Monotonic time at which the next entry expires. */
  get nextExpiry(): number | undefined {
    for (const entry of this.#entries.values()) return entry.storedAt + this.#limits.ttl;
    return undefined;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }
}
