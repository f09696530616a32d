/**
 * Which Events are worth a write: equal ones are counted in one series, no object may cause more than a few (client-go's limits), and what is no
 * warning is told of a few objects only where thousands do the same at once: their status says it too, and the writes of their Secrets must not
 * wait for it.
 */
import { type Clock, type Ms, ms } from '../base/clock.ts';
import type { EventRecord } from './port.ts';

/** A repeat after a longer pause than this is a new Event. */
const SERIES_ENDS_AFTER = ms(10 * 60_000);
/** How often the count of a series is written. */
const COUNT_EVERY = ms(5 * 60_000);
/** `burst` new Events at once, then one in each `every`. */
interface Limit {
  readonly burst: number;
  readonly every: Ms;
}

const OF_AN_OBJECT: Limit = { burst: 25, every: ms(5 * 60_000) };
/** Of all objects together; warnings do not count. */
const OF_ALL: Limit = { burst: 50, every: ms(1_000) };
/** What a namespace may cause although others have used up the limit of all: its first Events tell the most. */
const OF_A_NAMESPACE: Limit = { burst: 3, every: ms(60_000) };
/** Series and objects that are remembered at most; the least recently seen is forgotten first. */
const MAX_REMEMBERED = 4_096;

export interface Series {
  readonly event: EventRecord;
  /** Name and namespace of the Event object. */
  readonly name: string;
  readonly namespace: string;
  readonly count: number;
  readonly countWritten: number;
  readonly lastAt: Ms;
  /** When it was last written, by the monotonic clock. */
  readonly writtenAt: Ms;
  /** Wall time of the last occurrence. */
  readonly lastSeen: Ms;
}

/** create: a new Event. count: the series has a count to write. wait: counted, to be written later. limited: there were too many. */
export type EventDecision =
  { readonly kind: 'create' | 'count'; readonly series: Series } | { readonly kind: 'wait' } | { readonly kind: 'limited' };

interface Bucket {
  readonly tokens: number;
  readonly at: Ms;
}

export class EventSeries {
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();
  readonly #buckets = new Map<string, Bucket>();
  readonly #ofNamespaces = new Map<string, Bucket>();
  #ofAll: Bucket | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `name`: for the Event object, in case that it's a new one. */
  decide(event: EventRecord, name: string): EventDecision {
    const now = this.#clock.monotonic();
    this.#forgetEnded(now);
    const known = this.#series.get(keyOfSeries(event));
    if (known !== undefined && now - known.lastAt <= SERIES_ENDS_AFTER) {
      const series = { ...known, count: known.count + 1, lastAt: now, lastSeen: this.#clock.now() };
      this.#remember(series);
      return now - series.writtenAt >= COUNT_EVERY ? { kind: 'count', series } : { kind: 'wait' };
    }
    if (!this.#admits(event, now)) return { kind: 'limited' };
    const namespace = event.regarding.metadata.namespace ?? '';
    const times = { lastAt: now, writtenAt: now, lastSeen: this.#clock.now() };
    // Events about cluster-scoped objects live in the namespace default.
    const series = { event, name, namespace: namespace === '' ? 'default' : namespace, count: 1, countWritten: 1, ...times };
    this.#remember(series);
    return { kind: 'create', series };
  }

  written(series: Series): void {
    const known = this.#series.get(keyOfSeries(series.event));
    if (known?.name === series.name) this.#remember({ ...known, countWritten: series.count, writtenAt: this.#clock.monotonic() });
  }

  /** The Event is gone or could not be written: a repeat is a new one. */
  forget(series: Series): void {
    this.#series.delete(keyOfSeries(series.event));
  }

  /** How much is remembered: series, objects and namespaces. */
  get size(): number {
    return this.#series.size + this.#buckets.size + this.#ofNamespaces.size;
  }

  /** Series whose count is ahead of what was written. */
  unwritten(): readonly Series[] {
    return [...this.#series.values()].filter(({ count, countWritten }) => count > countWritten);
  }

  /** What makes no difference any more: series that have ended, and objects that may cause as many as ever. The oldest are first. */
  #forgetEnded(now: Ms): void {
    for (const [key, { lastAt }] of this.#series) {
      if (now - lastAt <= SERIES_ENDS_AFTER) break;
      this.#series.delete(key);
    }
    for (const [uid, bucket] of this.#buckets) {
      if (tokensOf(bucket, OF_AN_OBJECT, now) < OF_AN_OBJECT.burst) break;
      this.#buckets.delete(uid);
    }
    for (const [namespace, bucket] of this.#ofNamespaces) {
      if (tokensOf(bucket, OF_A_NAMESPACE, now) < OF_A_NAMESPACE.burst) break;
      this.#ofNamespaces.delete(namespace);
    }
  }

  #remember(series: Series): void {
    putLast(this.#series, keyOfSeries(series.event), series);
  }

  #admits({ type, regarding: { metadata } }: EventRecord, now: Ms): boolean {
    const ofObject = tokensOf(this.#buckets.get(metadata.uid), OF_AN_OBJECT, now);
    // Nothing is remembered of the thousands that have no share.
    if (ofObject >= 1 && type === 'Normal' && !this.#takeShare(metadata.namespace ?? '', now)) return false;
    const granted = ofObject >= 1;
    putLast(this.#buckets, metadata.uid, { tokens: granted ? ofObject - 1 : ofObject, at: now });
    return granted;
  }

  /** Of what all may cause together; where that is used up, of what the namespace may cause all the same. */
  #takeShare(namespace: string, now: Ms): boolean {
    const ofAll = tokensOf(this.#ofAll, OF_ALL, now);
    if (ofAll >= 1) {
      this.#ofAll = { tokens: ofAll - 1, at: now };
      return true;
    }
    const ofNamespace = tokensOf(this.#ofNamespaces.get(namespace), OF_A_NAMESPACE, now);
    if (ofNamespace < 1) return false;
    putLast(this.#ofNamespaces, namespace, { tokens: ofNamespace - 1, at: now });
    return true;
  }
}

function tokensOf(bucket: Bucket | undefined, { burst, every }: Limit, now: Ms): number {
  return bucket === undefined ? burst : Math.min(burst, bucket.tokens + (now - bucket.at) / every);
}

function keyOfSeries({ regarding, type, reason, note }: EventRecord): string {
  return JSON.stringify([regarding.metadata.uid, type, reason, note]);
}

function putLast<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_REMEMBERED && oldest !== undefined) map.delete(oldest);
}
