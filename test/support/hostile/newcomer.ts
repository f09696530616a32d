// A new ExternalSecret of a tenant that does no harm, timed until it is Ready.
import { waitUntil } from '../control-plane/wait-until.ts';
import { readyOf, type Objects } from '../operator/objects.ts';
import type { AwsEmulator } from '../aws/emulator.ts';

/** Longer than any bound that is asserted, so that the figure is told instead of a time-out. */
const GIVE_UP_MS = 15_000;

export class Newcomers {
  readonly #objects: Objects;
  readonly #aws: AwsEmulator;
  #count = 0;

  constructor(objects: Objects, aws: AwsEmulator) {
    this.#objects = objects;
    this.#aws = aws;
  }

  /** Milliseconds until it was Ready, one after the other. One that never was is the last. */
  async arrive(count: number): Promise<readonly number[]> {
    const times: number[] = [];
    while (times.length < count && times.at(-1) !== GIVE_UP_MS) times.push(await this.#arrive());
    return times;
  }

  /** Until `work` has ended, and `after` more. */
  async arriveDuring(work: Promise<unknown>, after: number): Promise<readonly number[]> {
    const progress = { ended: false };
    const ended = work.finally(() => {
      progress.ended = true;
    });
    const times: number[] = [];
    do times.push(await this.#arrive());
    while (!progress.ended);
    await ended;
    return times.at(-1) === GIVE_UP_MS ? times : [...times, ...(await this.arrive(after))];
  }

  async #arrive(): Promise<number> {
    this.#count += 1;
    const name = `newcomer-${this.#count}`;
    this.#aws.secrets().create(`newcomers/${name}`, 'x');
    await this.#objects.externalSecret(name, { data: [{ secretKey: 'value', remoteRef: { key: `newcomers/${name}` } }] });
    // From here on it is up to the operator: what the API server itself takes under the load of a test is not counted.
    const began = performance.now();
    const isReady = async (): Promise<boolean> => readyOf(await this.#objects.get('externalsecrets', name))?.status === 'True';
    try {
      await waitUntil(`${name} is Ready`, isReady, { timeoutMs: GIVE_UP_MS, pollMs: 10 });
    } catch {
      return GIVE_UP_MS;
    }
    return performance.now() - began;
  }
}
