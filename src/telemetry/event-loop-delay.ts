/**
 * Measures the duration of the steps of the event loop. A process with a blocked event loop sends no response and renews no Lease. A read
 * does not reset the measurement, so any number of scrapes and probes see the same.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Clock, type Ms, ms } from '../base/time/clock.ts';

const NANOSECONDS = 1e6;
/** Node samples with a native timer of this period, which runs no JavaScript. A step of n milliseconds is measured as n to n + 2. */
const RESOLUTION_MS = 2;
const SECOND = ms(1_000);
/** Time for which the seconds are kept. */
export const LONGEST_WINDOW = ms(60_000);

interface Second {
  /** Monotonic time of its end. */
  readonly at: Ms;
  readonly longest: Ms;
}

/** The measured delays of the event loop. */
export interface EventLoopDelays {
  /** The longest delay in the last `window`, LONGEST_WINDOW at most. A delay belongs to the time at which it ends. */
  longest(window: Ms): Ms;
  /** The longest delay since the start of the measurement. */
  readonly longestEver: Ms;
}

export class EventLoopDelay implements EventLoopDelays, Disposable {
  readonly #delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #onSecond: (longest: Ms) => void;
  #seconds: readonly Second[] = [];
  #ever = ms(0);
  #timer: NodeJS.Timeout;

  /** `onSecond` is called with the longest delay of each second. */
  constructor(clock: Pick<Clock, 'monotonic'>, onSecond: (longest: Ms) => void = () => undefined) {
    this.#clock = clock;
    this.#onSecond = onSecond;
    this.#delays.enable();
    this.#timer = this.#nextSecond();
  }

  longest(window: Ms): Ms {
    const since = this.#clock.monotonic() - window;
    const recent = this.#seconds.filter(({ at }) => at >= since).map(({ longest }) => longest);
    return ms(Math.max(this.#unfinished(), ...recent));
  }

  get longestEver(): Ms {
    return ms(Math.max(this.#ever, this.#unfinished()));
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#delays.disable();
  }

  /** The delay of the present second. */
  #unfinished(): Ms {
    return ms(this.#delays.max / NANOSECONDS);
  }

  #nextSecond(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#endSecond();
      this.#timer = this.#nextSecond();
    }, SECOND).unref();
  }

  #endSecond(): void {
    const second: Second = { at: this.#clock.monotonic(), longest: this.#unfinished() };
    this.#delays.reset();
    this.#seconds = [...this.#seconds.filter(({ at }) => at >= second.at - LONGEST_WINDOW), second];
    this.#ever = ms(Math.max(this.#ever, second.longest));
    this.#onSecond(second.longest);
  }
}

/**
 * For liveness. A failure restarts the operator, so `limit` must be far above the time of a long garbage collection, and `window` at most
 * the period of the probe: one long step fails one probe, and only an event loop that blocks repeatedly causes a restart.
 */
export function describeDelay(delay: Pick<EventLoopDelays, 'longest'>, limit: Ms, window: Ms): string | undefined {
  const longest = delay.longest(window);
  return longest <= limit ? undefined : `the event loop stood still for ${Math.round(longest)}ms`;
}
