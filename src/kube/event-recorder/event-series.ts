/**
 * Decides which Events are written. Equal Events are counted in one series, and an object may cause only a few (the limits of client-go).
 * If thousands of objects cause Normal Events at once, only some are written: the status of the objects says the same, and the Events must
 * not delay the writes of the Secrets.
 */
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import type { EventRecord } from '../port.ts';

/** A repetition after a longer pause is a new Event. */
const SERIES_ENDS_AFTER = ms(10 * 60_000);
/** Interval at which the count of a series is written. */
const COUNT_EVERY = ms(5 * 60_000);
/** `burst` new Events at once, then one in each `every`. */
interface Limit {
  readonly burst: number;
  readonly every: Ms;
}

const OF_AN_OBJECT: Limit = { burst: 25, every: ms(5 * 60_000) };
/** The limit of all objects together. Warnings do not count. */
const OF_ALL: Limit = { burst: 50, every: ms(1_000) };
/** Limit of a namespace after others have used the limit of all objects, because its first Events are the most useful. */
const OF_A_NAMESPACE: Limit = { burst: 3, every: ms(60_000) };
/** Maximum number of series and objects in memory. The entry that was used longest ago is removed first. */
const MAX_REMEMBERED = 4_096;

export interface Series {
  readonly event: EventRecord;
  /** Name and namespace of the Event object. */
  readonly name: string;
  readonly namespace: string;
  readonly count: number;
  readonly countWritten: number;
  readonly lastAt: Ms;
  /** Time of the last write, on the monotonic clock. */
  readonly writtenAt: Ms;
  /** Wall time of the last occurrence. */
  readonly lastSeen: Ms;
}

/** create: write a new Event. count: write the count of the series. wait: counted, and written later. limited: dropped, because there were too many. */
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

  /** `name`: name of the Event object, if it is new. */
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
    // Events about cluster-scoped objects are in the namespace default.
    const series = { event, name, namespace: namespace === '' ? 'default' : namespace, count: 1, countWritten: 1, ...times };
    this.#remember(series);
    return { kind: 'create', series };
  }

  written(series: Series): void {
    const known = this.#series.get(keyOfSeries(series.event));
    if (known?.name === series.name) this.#remember({ ...known, countWritten: series.count, writtenAt: this.#clock.monotonic() });
  }

  /** The Event was deleted or could not be written. A repetition is a new Event. */
  forget(series: Series): void {
    this.#series.delete(keyOfSeries(series.event));
  }

  /** The number of series, objects and namespaces in memory. */
  get size(): number {
    return this.#series.size + this.#buckets.size + this.#ofNamespaces.size;
  }

  /** Series whose count is higher than the count that was written. */
  unwritten(): readonly Series[] {
    return [...this.#series.values()].filter(({ count, countWritten }) => count > countWritten);
  }

  /** Removes entries without effect: ended series, and objects whose whole limit is free. The oldest come first. */
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
    // No state is kept for the thousands of objects that are limited.
    if (ofObject >= 1 && type === 'Normal' && !this.#takeShare(metadata.namespace ?? '', now)) return false;
    const granted = ofObject >= 1;
    putLast(this.#buckets, metadata.uid, { tokens: granted ? ofObject - 1 : ofObject, at: now });
    return granted;
  }

  /** Takes from the limit of all objects. If that is used up, takes from the limit of the namespace. */
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
