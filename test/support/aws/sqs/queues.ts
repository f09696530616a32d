// The queues of all accounts and regions, by URL.
import { AwsError } from '../aws-error.ts';
import type { EmulatorClock } from '../clock.ts';
import { Queue, type QueueOptions } from './queue.ts';

const URL_SHAPE = /^https?:\/\/[^/]+\/(\d{12})\/([A-Za-z0-9_-]{1,80})$/;

export class Queues {
  readonly #clock: EmulatorClock;
  readonly #queues = new Map<string, Queue>();

  constructor(clock: EmulatorClock) {
    this.#clock = clock;
  }

  create(account: string, region: string, name: string, options: QueueOptions = {}): Queue {
    const url = `https://sqs.${region}.amazonaws.com/${account}/${name}`;
    const queue = new Queue({ name, url, arn: `arn:aws:sqs:${region}:${account}:${name}` }, this.#clock, options);
    this.#queues.set(keyOf(region, account, name), queue);
    return queue;
  }

  /** Whether it still exists, and is not another one of its name. */
  has(queue: Queue): boolean {
    return this.#queues.values().some((known) => known === queue);
  }

  delete(queue: Queue): void {
    for (const [key, known] of this.#queues) if (known === queue) this.#queues.delete(key);
  }

  /** The host of the URL does not matter: AWS goes by the endpoint that the request came to. @throws QueueDoesNotExist */
  find(region: string, url: string): Queue {
    const [, account = '', name = ''] = URL_SHAPE.exec(url) ?? [];
    const queue = this.#queues.get(keyOf(region, account, name));
    if (!queue) throw new AwsError('com.amazonaws.sqs#QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  }
}

const keyOf = (region: string, account: string, name: string): string => `${region}/${account}/${name}`;
