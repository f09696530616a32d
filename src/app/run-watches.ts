/** Runs the reflectors in the background. */
import { abortReason, isAbortBy } from '../base/abort.ts';
import { untilAborted } from '../base/waiting.ts';
import type { Logger } from '../telemetry/log/logger.ts';
import type { RunningReflector } from '../view/reflectors.ts';

/** Runs the watches until `stack` is disposed. The returned signal aborts if a watch ends by itself, which is a defect. */
export function watchInBackground(reflectors: readonly RunningReflector[], logger: Logger, stack: AsyncDisposableStack): AbortSignal {
  const ended = new AbortController();
  const failed = new AbortController();
  const watching = Promise.all(reflectors.map((reflector) => runInOrder(reflector, reflectors, ended.signal))).catch((error: unknown) => {
    logger.error({ err: error }, 'a watch ended by itself; this is a defect');
    failed.abort(abortReason('a watch ended by itself'));
  });
  stack.defer(async () => {
    ended.abort();
    await watching;
  });
  return failed.signal;
}

/** After the kinds that are listed first (`SupportingKind.after`). */
async function runInOrder(reflector: RunningReflector, all: readonly RunningReflector[], signal: AbortSignal): Promise<void> {
  await untilListedOrFailed(
    all.filter(({ id }) => reflector.after.includes(id)),
    signal,
  );
  if (!signal.aborted) await reflector.run(signal);
}

/** Resolves when each list has succeeded or was refused, or when `signal` aborts. */
export async function untilListedOrFailed(reflectors: readonly RunningReflector[], signal: AbortSignal): Promise<void> {
  try {
    await untilAborted(Promise.all(reflectors.map(({ whenListedOrFailed }) => whenListedOrFailed)), signal);
  } catch (error) {
    if (!isAbortBy(signal, error)) throw error;
  }
}
