/** Callers that wait for reads, as callbacks: a refresh waits for thousands of reads with one promise. */
import type { Outcome } from '../../../failure/failure.ts';
import type { SecretVersion } from '../../../aws/port.ts';

export interface Waiter {
  readonly answered: (outcome: Outcome<SecretVersion>) => void;
  readonly rejected: (reason: unknown) => void;
}

interface Waiting<T> {
  readonly waiter: Waiter;
  readonly promise: Promise<T>;
}

/** The promise of one read. */
export function waitForOne(): Waiting<Outcome<SecretVersion>> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome<SecretVersion>>();
  // The caller may have stopped waiting before the promise is rejected. The abort has informed the caller.
  promise.catch(() => undefined);
  return { promise, waiter: { answered: resolve, rejected: reject } };
}

/** The promise resolves after `count` answers. If a read is rejected, the promise rejects with the first reason, after all reads have ended. */
export function waitForAll(count: number): Waiting<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let left = count;
  let first: { readonly reason: unknown } | undefined;
  const answered = (): void => {
    left -= 1;
    if (left > 0) return;
    if (first === undefined) resolve();
    else reject(first.reason);
  };
  const rejected = (reason: unknown): void => {
    first ??= { reason };
    answered();
  };
  if (count === 0) resolve();
  return { promise, waiter: { answered, rejected } };
}
