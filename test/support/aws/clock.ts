// The emulator's own time: the machine's clock plus an offset that only moves forward, so that expiry needs no waiting.
export interface EmulatorClock {
  /** Milliseconds since the epoch, as AWS sees it. */
  now(): number;
  /** Moves AWS's time forward by `ms`. Never moves the clients' own clocks. */
  advance(ms: number): void;
}

export function createClock(base: () => number = Date.now): EmulatorClock {
  let offset = 0;
  return {
    now: () => base() + offset,
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError('the emulator clock only moves forward');
      offset += ms;
    },
  };
}
