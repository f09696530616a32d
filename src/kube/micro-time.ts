/** metav1.MicroTime as the API server reads it: RFC 3339 with exactly six digits of fraction. */
import type { Ms } from '../base/clock.ts';

/** `time`: milliseconds since the epoch. */
export function microTime(time: Ms): string {
  return new Date(time).toISOString().replace('Z', '000Z');
}
