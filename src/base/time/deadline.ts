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

/** A time in milliseconds, or a function that gives the time that is left: it is asked again when that is over, and extends the deadline if it is above 0. */
export type TimeAllowed = number | (() => number);

/** A time <= 0 gives a signal that has fired already. An infinite time never ends. */
export function startDeadline(outer: AbortSignal, time: TimeAllowed, schedule: Schedule = timers): Deadline {
  const remaining = typeof time === 'number' ? () => 0 : time;
  const controller = new AbortController();
  let expired = false;
  let cancel: (() => void) | undefined;
  const follow = (): void => {
    cancel?.();
    controller.abort(outer.reason);
  };
  const fireAfter = (milliseconds: number): void => {
    if (controller.signal.aborted) return;
    if (milliseconds > 0) {
      cancel = Number.isFinite(milliseconds) ? schedule(milliseconds, () => fireAfter(remaining())) : undefined;
      return;
    }
    expired = true;
    controller.abort(new DOMException('the time allowed for this call is over', 'TimeoutError'));
  };
  if (outer.aborted) follow();
  else {
    fireAfter(typeof time === 'number' ? time : time());
    if (!expired) outer.addEventListener('abort', follow, { once: true });
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
 * Runs the call until `time` is over, then returns `late`. With no time left the call is not started. Throws only if `signal` aborts.
 */
export async function withinTime<T, F>(
  clock: Clock,
  signal: AbortSignal,
  time: TimeAllowed,
  late: F,
  call: (signal: AbortSignal) => Promise<Result<T, F>>,
): Promise<Result<T, F>> {
  signal.throwIfAborted();
  using deadline = startDeadline(signal, time, scheduleBy(clock));
  if (deadline.expired) return failed(late);
  try {
    return await call(deadline.signal);
  } catch (error) {
    if (deadline.expired && !signal.aborted) return failed(late);
    throw error;
  }
}
