/**
 * Work that any number of callers may request at any rate. It runs once at a time, and callers that come during a run share its result. A
 * pause after each run limits the work to a twentieth of the time. No caller gets a result from before its request.
 */
import type { Clock } from '../../base/time/clock.ts';
import { ms } from '../../base/time/clock.ts';

/** The pause as a multiple of the time that the run took. */
const PAUSE = 19;
/** Scrapers wait for ten seconds. On a busy machine a run can take long. */
const LONGEST_PAUSE_MS = 1_000;

export class SharedWork<T> {
  readonly #work: () => Promise<T>;
  readonly #clock: Pick<Clock, 'monotonic' | 'sleep'>;
  #running: Promise<T> | undefined;
  #mayBeginAt = 0;

  constructor(work: () => Promise<T>, clock: Pick<Clock, 'monotonic' | 'sleep'>) {
    this.#work = work;
    this.#clock = clock;
  }

  result(): Promise<T> {
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #run(): Promise<T> {
    const wait = this.#mayBeginAt - this.#clock.monotonic();
    if (wait > 0) await this.#clock.sleep(ms(wait), new AbortController().signal);
    const began = this.#clock.monotonic();
    try {
      return await this.#work();
    } finally {
      const ended = this.#clock.monotonic();
      this.#mayBeginAt = ended + Math.min((ended - began) * PAUSE, LONGEST_PAUSE_MS);
    }
  }
}
