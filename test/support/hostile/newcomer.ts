// Times a new ExternalSecret of a normal tenant, from the event of the watch until it is Ready.
import { waitUntil } from '../control-plane/wait-until.ts';
import type { History } from '../operator/history.ts';
import { readyOf } from '../operator/objects.ts';
import type { QuietTenant } from './quiet-tenant.ts';
import { timesDuring, timeUntil, type Patience } from './timing.ts';

const patience: Patience = { giveUpMs: 15_000, pollMs: 10 };
/** For the API server, which has to process much of the hostile input first. */
const SHOWN_WITHIN_MS = 60_000;

export class Newcomers {
  readonly #tenant: QuietTenant;
  readonly #history: Pick<History, 'of'>;
  #count = 0;
  #slowestShownMs = 0;

  /** `history`: of the tenant's ExternalSecrets. */
  constructor(tenant: QuietTenant, history: Pick<History, 'of'>) {
    this.#tenant = tenant;
    this.#history = history;
  }

  /** The longest time since it was asked last from when one was made until a watch has shown it. */
  takeShownMs(): number {
    const slowest = this.#slowestShownMs;
    this.#slowestShownMs = 0;
    return slowest;
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
    this.#tenant.aws.secrets().create(`newcomers/${name}`, 'x');
    await this.#tenant.objects.externalSecret(name, { data: [{ secretKey: 'value', remoteRef: { key: `newcomers/${name}` } }] });
    await this.#untilShown(name);
    // From here on it is up to the operator. The API server shows objects seconds late while it stores many large ones, also where no operator runs.
    const isReady = async (): Promise<boolean> => readyOf(await this.#tenant.objects.get('externalsecrets', name))?.status === 'True';
    return timeUntil(`${name} is Ready`, isReady, patience);
  }

  /** Those who watch see it at the same time, the operator among them. */
  async #untilShown(name: string): Promise<void> {
    const made = performance.now();
    const isShown = (): boolean => this.#history.of(name).length > 0;
    await waitUntil(`the API server shows ${name} to a watch`, isShown, { timeoutMs: SHOWN_WITHIN_MS, pollMs: patience.pollMs });
    this.#slowestShownMs = Math.max(this.#slowestShownMs, performance.now() - made);
  }
}
