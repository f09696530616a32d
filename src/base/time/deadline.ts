/**
 * A signal that follows another signal and also fires after a time. Unlike AbortSignal.any with AbortSignal.timeout, it leaves no timer and
 * no listener after it is disposed. That matters for signals that live as long as the process.
 */
import { type Clock, ms } from './clock.ts';
import { failed, type Result } from '../result.ts';

export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** True if the time is over. False if the other signal aborted, or neither has happened. */
  readonly expired: boolean;
}

/** Runs `action` after `milliseconds`. The returned function cancels it. */
type Schedule = (milliseconds: number, action: () => void) => () => void;

const timers: Schedule = (milliseconds, action) => {
  const timer = setTimeout(action, milliseconds);
  return () => clearTimeout(timer);
};

/** The same with a Clock, so that tests can use a fake one. */
function scheduleBy(clock: Clock): Schedule {
  return (milliseconds, action) => {
    const cancelled = new AbortController();
    clock.sleep(ms(milliseconds), cancelled.signal).then(action, () => undefined);
    return () => cancelled.abort();
  };
}

/** `milliseconds` <= 0 gives a signal that has fired already. An infinite time never ends. */
export function startDeadline(outer: AbortSignal, milliseconds: number, schedule: Schedule = timers): Deadline {
  const controller = new AbortController();
  let expired = false;
  let cancel: (() => void) | undefined;
  const follow = (): void => {
    cancel?.();
    controller.abort(outer.reason);
  };
  const expire = (): void => {
    if (controller.signal.aborted) return;
    expired = true;
    controller.abort(new DOMException('the time allowed for this call is over', 'TimeoutError'));
  };
  if (outer.aborted) follow();
  else if (milliseconds <= 0) expire();
  else {
    if (Number.isFinite(milliseconds)) cancel = schedule(milliseconds, expire);
    outer.addEventListener('abort', follow, { once: true });
  }
  return {
    signal: controller.signal,
    get expired() {
      return expired;
    },
    [Symbol.dispose]() {
      cancel?.();
      outer.removeEventListener('abort', follow);
    },
  };
}

/**
 * Runs the call for at most `milliseconds`, then returns `late`. With no time left the call is not started. Throws only if `signal` aborts.
 */
export async function withinTime<T, F>(
  clock: Clock,
  signal: AbortSignal,
  milliseconds: number,
  late: F,
  call: (signal: AbortSignal) => Promise<Result<T, F>>,
): Promise<Result<T, F>> {
  signal.throwIfAborted();
  if (milliseconds <= 0) return failed(late);
  using deadline = startDeadline(signal, milliseconds, scheduleBy(clock));
  try {
    return await call(deadline.signal);
  } catch (error) {
    if (deadline.expired && !signal.aborted) return failed(late);
    throw error;
  }
}
