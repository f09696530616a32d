/** How far the event loop falls behind: a process whose loop stands still answers nobody and renews no lease, whatever else looks well. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Ms, ms } from '../base/clock.ts';

const NANOSECONDS = 1e6;

export class EventLoopLag implements Disposable {
  readonly #delays = monitorEventLoopDelay({ resolution: 20 });

  constructor() {
    this.#delays.enable();
  }

  /** The longest delay since the last call. */
  read(): Ms {
    const longest = ms(this.#delays.max / NANOSECONDS);
    this.#delays.reset();
    return longest;
  }

  [Symbol.dispose](): void {
    this.#delays.disable();
  }
}

/** For liveness; `limit` must be far above what a long garbage collection takes, because the answer to a failure is a restart. */
export function describeLag(lag: Pick<EventLoopLag, 'read'>, limit: Ms): string | undefined {
  const longest = lag.read();
  return longest <= limit ? undefined : `the event loop stood still for ${Math.round(longest)}ms`;
}
