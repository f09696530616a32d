/** Time zones by the data of Node (ICU): which offset from UTC applies when. Pure; only the objects that read the data are kept, and few of them. */
import { LRUCache } from 'lru-cache';
import { type Ms, ms } from '../time/clock.ts';

/** A period, from `from` to before `to`, in which local time is UTC plus `offset`. */
export interface OffsetPeriod {
  readonly from: Ms;
  readonly to: Ms;
  readonly offset: Ms;
}

/** IANA has about 420 zones with names of up to 32 characters. ICU also accepts "+01:00", which is not a zone. */
const NAME = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;
/** A formatter takes 40 µs to make and a few kilobytes of memory. */
const MAX_FORMATS = 64;
const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;
/** A zone changes its offset at intervals of days or weeks. Two changes within this time that cancel each other are not found. */
const PROBE_MS = 12 * 3_600_000;

const formats = new LRUCache<string, Intl.DateTimeFormat>({ max: MAX_FORMATS });

/** Whether the text is the name of a time zone, such as `Europe/Berlin` or `UTC`. Upper and lower case are equal. */
export function isTimeZone(name: string): boolean {
  if (!NAME.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** Difference between local time and UTC, in milliseconds. Throws a RangeError for an unknown zone. */
export function offsetAt(zone: string, at: number): Ms {
  const match = OFFSET.exec(formatOf(zone).format(at));
  if (match === null) throw new Error(`no offset in what Intl says of ${zone}`);
  const [, sign, hours = 0, minutes = 0, seconds = 0] = match;
  const offset = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
  return ms(sign === '-' ? -offset : offset);
}

/** The periods from `from` (included) to `to`, in order and without gaps. To the second, because no zone changes within a second. */
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

/** The first full second after `before` at which `offset` does not apply. At `before` it applies, at `after` another offset applies. */
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
