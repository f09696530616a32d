// Measures the time until a condition is true, repeatedly while an input is active.
import { waitUntil } from '../control-plane/wait-until.ts';

export interface Patience {
  /** Longer than any bound that is asserted, so that the figure is told instead of a time-out. */
  readonly giveUpMs: number;
  readonly pollMs: number;
}

/** Milliseconds until `isSo`; `giveUpMs` where it never was. */
export async function timeUntil(what: string, isSo: () => Promise<boolean>, { giveUpMs, pollMs }: Patience): Promise<number> {
  const began = performance.now();
  try {
    await waitUntil(what, isSo, { timeoutMs: giveUpMs, pollMs });
  } catch {
    return giveUpMs;
  }
  return performance.now() - began;
}

/** What `measure` gives, one after the other until `work` has ended; at least one. One that was given up is the last. */
export async function timesDuring(work: Promise<unknown>, measure: () => Promise<number>, { giveUpMs }: Patience): Promise<number[]> {
  const progress = { ended: false };
  const ended = work.finally(() => {
    progress.ended = true;
  });
  const times: number[] = [];
  do times.push(await measure());
  while (!progress.ended && times.at(-1) !== giveUpMs);
  await ended;
  return times;
}
