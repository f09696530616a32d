/** Time zones by the data of Node (ICU): which offset from UTC applies when. Pure; only the objects that read the data are kept, and few of them. */
import { LRUCache } from 'lru-cache';
import { type Ms, ms } from './clock.ts';

/** A stretch of time, from `from` until before `to`, in which local time is UTC plus `offset`. */
export interface OffsetPeriod {
  readonly from: Ms;
  readonly to: Ms;
  readonly offset: Ms;
}

/** IANA has about 420 zones, their names have up to 32 characters. ICU also takes "+01:00", which is no zone. */
const NAME = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;
/** One takes 40 µs to make and a few kilobytes. */
const MAX_FORMATS = 64;
const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;
/** Zones change their offset weeks apart, or days. Two changes within so long that cancel each other would not be seen. */
const PROBE_MS = 12 * 3_600_000;

const formats = new LRUCache<string, Intl.DateTimeFormat>({ max: MAX_FORMATS });

/** Whether it is the name of a zone, such as `Europe/Berlin` or `UTC`, in any case. */
export function isTimeZone(name: string): boolean {
  if (!NAME.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** Milliseconds that local time is ahead of UTC. Throws a RangeError when it is no time zone. */
export function offsetAt(zone: string, at: number): Ms {
  const match = OFFSET.exec(formatOf(zone).format(at));
  if (match === null) throw new Error(`no offset in what Intl says of ${zone}`);
  const [, sign, hours = 0, minutes = 0, seconds = 0] = match;
  const offset = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
  return ms(sign === '-' ? -offset : offset);
}

/** What `from` (included) to `to` is made of, in order and without gaps. To the second: no zone has ever changed within one. */
export function* offsetPeriods(zone: string, from: number, to: number): Generator<OffsetPeriod, void> {
  let start = from;
  let offset = offsetAt(zone, from);
  for (let known = from; known < to;) {
    const probe = Math.min(known + PROBE_MS, to);
    const there = offsetAt(zone, probe);
    if (there !== offset) {
      const change = changeBetween(zone, known, probe, offset);
      yield { from: ms(start), to: ms(change), offset };
      start = change;
      offset = offsetAt(zone, change);
      known = change;
    } else known = probe;
  }
  if (start < to) yield { from: ms(start), to: ms(to), offset };
}

/** The first full second after `before`, at which `offset` applies, from which on it does not. At `after` another one applies. */
function changeBetween(zone: string, before: number, after: number, offset: number): number {
  let low = Math.floor(before / 1_000);
  let high = Math.ceil(after / 1_000);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle * 1_000) === offset) low = middle;
    else high = middle;
  }
  return high * 1_000;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, year: 'numeric', timeZoneName: 'longOffset' });
  formats.set(zone, format);
  return format;
}
