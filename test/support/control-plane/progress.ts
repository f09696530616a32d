// Shows the progress of a slow step: a line at the start, one every ten seconds, one at the end.

export type Say = (line: string) => void;

const INTERVAL_MS = 10_000;

/** Lines of test support go to standard error, so that standard output stays for results. */
export function sayOnStderr(line: string): void {
  process.stderr.write(`control plane: ${line}\n`);
}

/** Runs a task and says how long it has taken so far. `expected` is what a person should be prepared for, such as "about 15 minutes". */
export async function withProgress<T>(say: Say, task: string, expected: string, run: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const seconds = (): number => Math.round((Date.now() - started) / 1000);
  say(`${task} (${expected})`);
  const timer = setInterval(() => say(`${task}: ${seconds()} s so far (${expected})`), INTERVAL_MS);
  try {
    const result = await run();
    say(`${task}: done in ${seconds()} s`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
