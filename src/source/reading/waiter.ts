/** Those who wait for the end of reads, as callbacks: a refresh waits for thousands as one, without a promise for each. */
import type { Outcome } from '../../api/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';

export interface Waiter {
  readonly answered: (outcome: Outcome<SecretVersion>) => void;
  readonly rejected: (reason: unknown) => void;
}

interface Waiting<T> {
  readonly waiter: Waiter;
  readonly promise: Promise<T>;
}

/** Settles with the read. */
export function waitForOne(): Waiting<Outcome<SecretVersion>> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome<SecretVersion>>();
  // Whoever waits may have given up when it is rejected, and has heard of the abort already.
  promise.catch(() => undefined);
  return { promise, waiter: { answered: resolve, rejected: reject } };
}

/** Resolves when so many reads have been answered; rejects, once all have ended, with the reason of the first that was rejected. */
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
