// A secret of a tenant that does no harm, rotated again and again: how long each new value takes to arrive by its refreshes.
import type { AwsEmulator } from '../aws/emulator.ts';
import { waitUntil } from '../control-plane/wait-until.ts';
import type { Objects } from '../operator/objects.ts';

export const REFRESH_INTERVAL_MS = 5_000;
/** Longer than any bound that is asserted, so that the figure is told instead of a time-out. */
const GIVE_UP_MS = 40_000;
const NAME = 'rotated';
const KEY = `rotations/${NAME}`;

export class Rotations {
  readonly #objects: Objects;
  readonly #aws: AwsEmulator;
  #count = 0;

  constructor(objects: Objects, aws: AwsEmulator) {
    this.#objects = objects;
    this.#aws = aws;
  }

  /** The Secret holds the first value. */
  async begin(): Promise<void> {
    this.#aws.secrets().create(KEY, this.#value);
    await this.#objects.externalSecret(NAME, {
      refreshInterval: `${REFRESH_INTERVAL_MS / 1_000}s`,
      data: [{ secretKey: 'value', remoteRef: { key: KEY } }],
    });
    await this.#arrived();
  }

  /** Milliseconds from each rotation until the Secret held its value, while `work` goes on; at least one. One that never arrived is the last. */
  async during(work: Promise<unknown>): Promise<readonly number[]> {
    const progress = { ended: false };
    const ended = work.finally(() => {
      progress.ended = true;
    });
    const times: number[] = [];
    do times.push(await this.#rotate());
    while (!progress.ended && times.at(-1) !== GIVE_UP_MS);
    await ended;
    return times;
  }

  async #rotate(): Promise<number> {
    this.#count += 1;
    this.#aws.secrets().put(KEY, this.#value);
    const began = performance.now();
    try {
      await this.#arrived();
    } catch {
      return GIVE_UP_MS;
    }
    return performance.now() - began;
  }

  get #value(): string {
    return `value ${this.#count}`;
  }

  async #arrived(): Promise<void> {
    const value = this.#value;
    const isThere = async (): Promise<boolean> => (await this.#objects.values(NAME))?.['value'] === value;
    await waitUntil(`Secret ${NAME} holds ${value}`, isThere, { timeoutMs: GIVE_UP_MS, pollMs: 50 });
  }
}
