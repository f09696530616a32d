/**
 * A signal that follows another one and fires after a time too. Unlike AbortSignal.any with AbortSignal.timeout it leaves nothing behind once it is
 * disposed: no timer and no listener on a signal that lives as long as the process.
 */
import { type Clock, ms } from './clock.ts';
import { failed, type Result } from './result.ts';

export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** True when the time ran out, false when the other signal aborted or nothing has. */
  readonly expired: boolean;
}

/** Runs `action` after `milliseconds`; the function it returns cancels that. */
type Schedule = (milliseconds: number, action: () => void) => () => void;

const timers: Schedule = (milliseconds, action) => {
  const timer = setTimeout(action, milliseconds);
  return () => clearTimeout(timer);
};

/** The same by a Clock, for what tests run in their own time. */
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

/** The call, given up with `late` after `milliseconds` (not even begun when they are used up). Throws only when `signal` aborts. */
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
