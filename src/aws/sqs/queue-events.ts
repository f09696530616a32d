/** SQS with the official SDK, as a source of change events. The only importer of the SQS client. */
import { ChangeMessageVisibilityBatchCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Outcome } from '../../failure/failure.ts';
import type { Ms } from '../../base/time/clock.ts';
import { ok } from '../../base/result.ts';
import { callerOf } from '../credentials/credentials.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import type { EventQueue, QueueAddress, QueueMessage } from '../event-queue-port.ts';
import { ServiceCalls, type ServiceContext } from '../client/service-calls.ts';
import { createTransport, type AwsTransportOptions, type TransportTimeouts } from '../call/transport.ts';

/** Limit of SQS for one call. */
const BATCH_SIZE = 10;

/** A long poll has no data for twenty seconds. */
const TIMEOUTS: TransportTimeouts = { connection: 2_000, request: 28_000, socket: 25_000 };

/** Has its own connections, which `close` closes. */
export function createEventQueue(
  context: Omit<ServiceContext, 'transport'>,
  options: Omit<AwsTransportOptions, 'timeouts'> = {},
): EventQueue & { close(): void } {
  const transport = createTransport({ ...options, timeouts: TIMEOUTS });
  const queue = new SqsEventQueue({ ...context, transport });
  return {
    receive: (address, times, signal) => queue.receive(address, times, signal),
    delete: (address, receipts, signal) => queue.delete(address, receipts, signal),
    changeVisibility: (address, receipts, hidden, signal) => queue.changeVisibility(address, receipts, hidden, signal),
    close: () => transport.destroy(),
  };
}

class SqsEventQueue implements EventQueue {
  readonly #calls: ServiceCalls<SQSClient>;

  constructor(context: ServiceContext) {
    // Requests go to the SQS endpoint of the region, never to the host in a queue URL.
    this.#calls = new ServiceCalls(context, (config) => new SQSClient({ ...config, useQueueUrlAsEndpoint: false }));
  }

  async receive(
    queue: QueueAddress,
    { hidden, wait }: { readonly hidden: Ms; readonly wait: Ms },
    signal: AbortSignal,
  ): Promise<Outcome<readonly QueueMessage[]>> {
    const command = new ReceiveMessageCommand({
      QueueUrl: queue.url,
      MaxNumberOfMessages: BATCH_SIZE,
      WaitTimeSeconds: secondsOf(wait),
      VisibilityTimeout: secondsOf(hidden),
    });
    const answer = await this.#call(queue, 'ReceiveMessage', signal, (client) => client.send(command, { abortSignal: signal }));
    if (!answer.ok) return answer;
    return ok(
      (answer.value.Messages ?? []).flatMap(({ ReceiptHandle: receipt, Body: body }) =>
        receipt === undefined ? [] : [{ receipt, body: body ?? '' }],
      ),
    );
  }

  async delete(queue: QueueAddress, receipts: readonly string[], signal: AbortSignal): Promise<Outcome<readonly string[]>> {
    const left: string[] = [];
    for (const batch of batchesOf(receipts)) {
      const command = new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries: batch.map(entryOf) });
      const answer = await this.#call(queue, 'DeleteMessageBatch', signal, (client) => client.send(command, { abortSignal: signal }));
      if (!answer.ok) return answer;
      const failed = new Set(answer.value.Failed?.map(({ Id }) => Id));
      left.push(...batch.filter((_, index) => failed.has(String(index))));
    }
    return ok(left);
  }

  async changeVisibility(queue: QueueAddress, receipts: readonly string[], hidden: Ms, signal: AbortSignal): Promise<Outcome<void>> {
    for (const batch of batchesOf(receipts)) {
      const entries = batch.map((receipt, index) => ({ ...entryOf(receipt, index), VisibilityTimeout: secondsOf(hidden) }));
      const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: queue.url, Entries: entries });
      const operation = 'ChangeMessageVisibilityBatch';
      const answer = await this.#call(queue, operation, signal, (client) => client.send(command, { abortSignal: signal }));
      if (!answer.ok) return answer;
    }
    return ok(undefined);
  }

  #call<T extends object>(
    { url, source }: QueueAddress,
    operation: string,
    signal: AbortSignal,
    send: (client: SQSClient) => Promise<T>,
  ): Promise<Outcome<T>> {
    const resource = { type: 'queue', name: url.split('/').at(-1) ?? url } as const;
    const subject: CallSubject = { service: 'sqs', operation, resource, ...callerOf(source), region: source.region };
    return this.#calls.call(source, subject, signal, send);
  }
}

function entryOf(receipt: string, index: number): { readonly Id: string; readonly ReceiptHandle: string } {
  return { Id: String(index), ReceiptHandle: receipt };
}

function batchesOf(receipts: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(receipts.length / BATCH_SIZE) }, (_, index) =>
    receipts.slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE),
  );
}

function secondsOf(time: Ms): number {
  return Math.round(time / 1_000);
}
