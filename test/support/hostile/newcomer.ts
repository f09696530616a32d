// A new ExternalSecret of a tenant that does no harm, timed until it is Ready.
import type { AwsEmulator } from '../aws/emulator.ts';
import { readyOf, type Objects } from '../operator/objects.ts';
import { timesDuring, timeUntil, type Patience } from './timing.ts';

const patience: Patience = { giveUpMs: 15_000, pollMs: 10 };

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
    while (times.length < count && times.at(-1) !== patience.giveUpMs) times.push(await this.#arrive());
    return times;
  }

  /** Until `work` has ended, and `after` more. */
  async arriveDuring(work: Promise<unknown>, after: number): Promise<readonly number[]> {
    const times = await timesDuring(work, () => this.#arrive(), patience);
    return times.at(-1) === patience.giveUpMs ? times : [...times, ...(await this.arrive(after))];
  }

  async #arrive(): Promise<number> {
    this.#count += 1;
    const name = `newcomer-${this.#count}`;
    this.#aws.secrets().create(`newcomers/${name}`, 'x');
    await this.#objects.externalSecret(name, { data: [{ secretKey: 'value', remoteRef: { key: `newcomers/${name}` } }] });
    // From here on it is up to the operator: what the API server itself takes under the load of a test is not counted.
    const isReady = async (): Promise<boolean> => readyOf(await this.#objects.get('externalsecrets', name))?.status === 'True';
    return timeUntil(`${name} is Ready`, isReady, patience);
  }
}
