/** metav1.MicroTime: RFC 3339 with exactly six digits of fraction, as the API server requires it. */
import { type Ms, ms } from '../base/time/clock.ts';

/** Milliseconds since the epoch, or undefined if the text is not a time. */
export function fromMicroTime(text: string | undefined): Ms | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : ms(time);
}

/** `time`: milliseconds since the epoch. */
export function microTime(time: Ms): string {
  return new Date(time).toISOString().replace('Z', '000Z');
}
