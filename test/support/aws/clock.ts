// The emulator's own time: the machine's clock plus an offset that only increases, so that tests of expiry need no wait.
export interface EmulatorClock {
  /** Milliseconds since the epoch: what dates, expiry and deletion go by. */
  now(): number;
  /** Lets time pass in AWS: sessions expire, recovery windows end. Signatures of clients that did not move along stay good. */
  advance(ms: number): void;
  /** How far the clients' clocks are behind AWS (negative: ahead). Shows in the Date header and in the judgement of signatures only. */
  setSkew(ms: number): void;
  /** Milliseconds since the epoch that signatures and Date headers go by. */
  wireNow(): number;
}

export function createClock(base: () => number = Date.now): EmulatorClock {
  let offset = 0;
  let skew = 0;
  return {
    now: () => base() + offset,
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError('the emulator clock only moves forward');
      offset += ms;
    },
    setSkew: (ms) => void (skew = ms),
    wireNow: () => base() + skew,
  };
}
