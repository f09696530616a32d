// A secret of a tenant that does no harm, rotated again and again: how long each new value takes to arrive by its refreshes, or by events.
import type { QuietTenant } from './quiet-tenant.ts';
import { timesDuring, timeUntil, type Patience } from './timing.ts';

export const REFRESH_INTERVAL_MS = 5_000;
const patience: Patience = { giveUpMs: 40_000, pollMs: 50 };
/** Another tenant may have asked for the secret before it existed: all wait for the retry of that read, 30 s with a jitter of a tenth. */
const FIRST_VALUE_MS = 60_000;
const NAME = 'rotated';
/** Name of the secret in AWS. */
export const ROTATED_KEY = `rotations/${NAME}`;

export interface Arrival {
  readonly refreshInterval: string;
}

const BY_REFRESHES: Arrival = { refreshInterval: `${REFRESH_INTERVAL_MS / 1_000}s` };
/** Its refreshes come too late for any bound. */
export const BY_EVENTS: Arrival = { refreshInterval: '1h' };

export class Rotations {
  readonly #tenant: QuietTenant;
  readonly #arrival: Arrival;
  #count = 0;

  constructor(tenant: QuietTenant, arrival: Arrival = BY_REFRESHES) {
    this.#tenant = tenant;
    this.#arrival = arrival;
  }

  /** The Secret holds the first value. */
  async begin(): Promise<void> {
    this.#tenant.aws.secrets().create(ROTATED_KEY, this.#value);
    const { storeRef } = this.#tenant;
    await this.#tenant.objects.externalSecret(NAME, {
      ...(storeRef !== undefined && { secretStoreRef: storeRef }),
      ...this.#arrival,
      data: [{ secretKey: 'value', remoteRef: { key: ROTATED_KEY } }],
    });
    await this.#tenant.objects.untilValues(NAME, { value: this.#value }, FIRST_VALUE_MS);
  }

  /** Milliseconds from each rotation until the Secret held its value, while `work` goes on; at least one. One that never arrived is the last. */
  async during(work: Promise<unknown>): Promise<readonly number[]> {
    return timesDuring(work, () => this.#rotate(), patience);
  }

  async #rotate(): Promise<number> {
    this.#count += 1;
    const value = this.#value;
    this.#tenant.aws.secrets().put(ROTATED_KEY, value);
    const isThere = async (): Promise<boolean> => (await this.#tenant.objects.values(NAME))?.['value'] === value;
    return timeUntil(`Secret ${NAME} holds ${value}`, isThere, patience);
  }

  get #value(): string {
    return `value ${this.#count}`;
  }
}
