// Lanes: tests of one file that wait most of the time run side by side. Each lane has a scene of its own, and its tests run one after the other.
import { afterAll, beforeAll } from '@jest/globals';

const OPEN_TIMEOUT_MS = 120_000;

export class Lanes<T extends AsyncDisposable> {
  readonly #lanes: readonly { readonly open: () => Promise<T>; opened?: T; last: Promise<unknown> }[];
  #next = 0;

  /** To be made where tests are declared. Tests are `it.concurrent`: Jest runs five of them at the same time, and no `beforeEach` before them. */
  constructor(count: number, open: () => Promise<T>) {
    this.#lanes = Array.from({ length: count }, () => ({ open, last: Promise.resolve() }));
    beforeAll(async () => {
      await Promise.all(this.#lanes.map(async (lane) => (lane.opened = await lane.open())));
    }, OPEN_TIMEOUT_MS);
    afterAll(async () => {
      await Promise.all(this.#lanes.map(async ({ opened }) => opened?.[Symbol.asyncDispose]()));
    });
  }

  /** Runs `test` with the scene of a lane, when the tests before it in this lane have ended. Default: the lanes in turn. */
  async run(test: (scene: T) => Promise<void>, lane: number = this.#next): Promise<void> {
    this.#next = (lane + 1) % this.#lanes.length;
    const own = this.#lanes[lane];
    if (own?.opened === undefined) throw new RangeError(`no lane ${lane} is open`);
    const { opened } = own;
    const turn = own.last.then(() => test(opened));
    own.last = turn.catch(() => undefined);
    await turn;
  }
}
