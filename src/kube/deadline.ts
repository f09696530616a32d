/**
 * A signal that follows another one and fires after a time too. Unlike AbortSignal.any with AbortSignal.timeout it leaves nothing behind once it is
 * disposed: no timer and no listener on a signal that lives as long as the process.
 */

export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** True when the time ran out, false when the other signal aborted or nothing has. */
  readonly expired: boolean;
}

/** `milliseconds` <= 0 gives a signal that has fired already. */
export function startDeadline(outer: AbortSignal, milliseconds: number): Deadline {
  const controller = new AbortController();
  let expired = false;
  let timer: NodeJS.Timeout | undefined;
  const follow = (): void => {
    clearTimeout(timer);
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
    timer = setTimeout(expire, milliseconds);
    outer.addEventListener('abort', follow, { once: true });
  }
  return {
    signal: controller.signal,
    get expired() {
      return expired;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      outer.removeEventListener('abort', follow);
    },
  };
}
