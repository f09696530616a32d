/**
 * Durations in the syntax of Go and Kubernetes (https://pkg.go.dev/time#ParseDuration): "1h30m", "500ms", "0". They have no unit for days.
 */
import { type Ms, ms } from './clock.ts';

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

const SHAPE = /^(?:\d{1,15}(?:\.\d{1,9})?(?:ns|us|µs|ms|s|m|h)){1,8}$/;
const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g;

/** The duration in milliseconds, or undefined if it is invalid. Negative durations are invalid. */
export function parseDuration(text: string): Ms | undefined {
  if (text === '0') return ms(0);
  if (!SHAPE.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(PART)) {
    total += Number(amount) * (UNIT_MS.get(unit ?? '') ?? Number.NaN);
  }
  return Number.isFinite(total) ? ms(total) : undefined;
}

/** The shortest Go syntax: 90000 becomes "1m30s". */
export function formatDuration(duration: Ms): string {
  if (duration < 1_000) return `${Math.round(duration)}ms`;
  const seconds = Math.round(duration / 1_000);
  const parts = [
    [Math.floor(seconds / 3_600), 'h'],
    [Math.floor((seconds % 3_600) / 60), 'm'],
    [seconds % 60, 's'],
  ] as const;
  return parts
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join('');
}
