// Waits for a condition by polling.
import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** Default 30,000. */
  readonly timeoutMs?: number;
  /** Default 50. */
  readonly pollMs?: number;
}

/** The first value of `look` that is not undefined, null or false. Rejects with `what` when that takes too long, and with what `look` throws. */
export async function waitUntil<T>(
  what: string,
  look: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  { timeoutMs = 30_000, pollMs = 50 }: WaitOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== null && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await sleep(pollMs);
  }
}
