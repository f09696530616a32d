/** metav1.MicroTime as the API server reads it: RFC 3339 with exactly six digits of fraction. */
import { type Ms, ms } from '../base/clock.ts';

/** Milliseconds since the epoch, or undefined for what is no time. */
export function fromMicroTime(text: string | undefined): Ms | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : ms(time);
}

/** `time`: milliseconds since the epoch. */
export function microTime(time: Ms): string {
  return new Date(time).toISOString().replace('Z', '000Z');
}
