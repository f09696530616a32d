/**
 * How long a caller waits for the answers of a read: not for long where they are known to take long, because others need its worker. It says that it
 * is waiting still, and is called when the answers come.
 */
import type { Identity } from '../aws/identity.ts';
import { type Clock, ms } from '../base/clock.ts';
import { untilAborted } from '../base/waiting.ts';
import type { ReadOptions, RemoteReference } from './port.ts';

export interface PatienceOptions {
  readonly clock: Clock;
  /** Ends all waiting. */
  readonly lifetime: AbortSignal;
  /** Nobody gives up. */
  readonly endless: boolean;
  /** Since when (monotonic) calls as this identity are under way and nothing is answered; undefined when all is well. */
  readonly silentSince: (identity: Identity) => number | undefined;
}

export class Patience {
  readonly #options: PatienceOptions;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /** Resolves when all is answered or the caller's patience is at its end. */
  async await(answered: Promise<unknown>, references: readonly RemoteReference[], options: ReadOptions): Promise<void> {
    const { clock, lifetime, endless, silentSince } = this.#options;
    const { signal, patience } = options;
    if (patience === undefined || endless || options.maxAge <= 0) {
      await untilAborted(answered, signal);
      return;
    }
    const now = clock.monotonic();
    const silent = references.some(({ identity }) => now - (silentSince(identity) ?? now) >= patience);
    const done = new AbortController();
    const enough = AbortSignal.any([signal, lifetime, done.signal]);
    try {
      await untilAborted(Promise.race([answered, clock.sleep(silent ? ms(0) : patience, enough)]), signal);
    } finally {
      done.abort();
    }
  }
}
