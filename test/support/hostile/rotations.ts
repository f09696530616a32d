// Rotates a secret of a normal tenant repeatedly, and measures the time until each new value arrives by its refreshes.
import type { AwsEmulator } from '../aws/emulator-surface.ts';
import type { Objects } from '../operator/objects.ts';
import { timesDuring, timeUntil, type Patience } from './timing.ts';

export const REFRESH_INTERVAL_MS = 5_000;
const patience: Patience = { giveUpMs: 40_000, pollMs: 50 };
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
    await this.#objects.untilValues(NAME, { value: this.#value });
  }

  /** Milliseconds from each rotation until the Secret held its value, while `work` goes on; at least one. One that never arrived is the last. */
  async during(work: Promise<unknown>): Promise<readonly number[]> {
    return timesDuring(work, () => this.#rotate(), patience);
  }

  async #rotate(): Promise<number> {
    this.#count += 1;
    const value = this.#value;
    this.#aws.secrets().put(KEY, value);
    const isThere = async (): Promise<boolean> => (await this.#objects.values(NAME))?.['value'] === value;
    return timeUntil(`Secret ${NAME} holds ${value}`, isThere, patience);
  }

  get #value(): string {
    return `value ${this.#count}`;
  }
}
