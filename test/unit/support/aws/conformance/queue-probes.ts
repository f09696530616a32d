// Probes of SQS. Each makes its own queue and returns its results without ids, receipts and texts.
import * as sqs from '@aws-sdk/client-sqs';
import { ending, type Clients, type Probe } from './calls.ts';

async function queueOf({ sqs: client }: Clients, name: string, ...bodies: readonly string[]): Promise<string> {
  const { QueueUrl = '' } = await client.send(new sqs.CreateQueueCommand({ QueueName: name.replaceAll('.', '-').slice(0, 80) }));
  for (const MessageBody of bodies) await client.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody }));
  return QueueUrl;
}

async function receive({ sqs: client }: Clients, QueueUrl: string, input: object = {}): Promise<readonly sqs.Message[]> {
  const command = new sqs.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'], ...input });
  return (await client.send(command)).Messages ?? [];
}

const seen = (messages: readonly sqs.Message[]) => messages.map(({ Body, Attributes }) => [Body, Attributes?.ApproximateReceiveCount]);

const remove = (
  { sqs: client }: Clients,
  QueueUrl: string,
  receipts: readonly (string | undefined)[],
  id = (index: number) => `e${index}`,
) =>
  client.send(
    new sqs.DeleteMessageBatchCommand({ QueueUrl, Entries: receipts.map((ReceiptHandle, index) => ({ Id: id(index), ReceiptHandle })) }),
  );

const hide = ({ sqs: client }: Clients, QueueUrl: string, receipts: readonly (string | undefined)[], VisibilityTimeout: number) =>
  client.send(
    new sqs.ChangeMessageVisibilityBatchCommand({
      QueueUrl,
      Entries: receipts.map((ReceiptHandle, index) => ({ Id: `e${index}`, ReceiptHandle, VisibilityTimeout })),
    }),
  );

export const QUEUES: Record<string, Probe> = {
  'receive hides': async (c, n) => {
    const queue = await queueOf(c, n, 'one');
    return [seen(await receive(c, queue)), seen(await receive(c, queue))];
  },
  'receive without hiding': async (c, n) => {
    const queue = await queueOf(c, n, 'one');
    return [seen(await receive(c, queue, { VisibilityTimeout: 0 })), seen(await receive(c, queue, { VisibilityTimeout: 0 }))];
  },
  'receive without attributes': async (c, n) => {
    const queue = await queueOf(c, n, 'one');
    return (await receive(c, queue, { MessageSystemAttributeNames: [] })).map(({ Attributes }) => Attributes ?? 'none');
  },
  'delete a batch': async (c, n) => {
    const queue = await queueOf(c, n, 'one', 'two');
    const receipts = (await receive(c, queue)).map(({ ReceiptHandle }) => ReceiptHandle);
    const { Successful, Failed } = await remove(c, queue, receipts);
    return [Successful?.map(({ Id }) => Id).toSorted(), Failed ?? [], seen(await receive(c, queue, { VisibilityTimeout: 0 }))];
  },
  'give back by visibility 0': async (c, n) => {
    const queue = await queueOf(c, n, 'one');
    const receipts = (await receive(c, queue)).map(({ ReceiptHandle }) => ReceiptHandle);
    const { Successful } = await hide(c, queue, receipts, 0);
    return [Successful?.map(({ Id }) => Id), seen(await receive(c, queue))];
  },
  'delete an empty batch': async (c, n) => ending(remove(c, await queueOf(c, n), [])),
  'delete a batch of eleven': async (c, n) =>
    ending(
      remove(
        c,
        await queueOf(c, n),
        Array.from({ length: 11 }, () => 'x'),
      ),
    ),
  'delete a batch with one id twice': async (c, n) => ending(remove(c, await queueOf(c, n), ['x', 'y'], () => 'same')),
  'receive from a missing queue': async (c, n) => {
    const queue = await queueOf(c, n);
    return ending(receive(c, `${queue}-other`));
  },
  'receive eleven messages': async (c, n) => ending(receive(c, await queueOf(c, n), { MaxNumberOfMessages: 11 })),
  'poll for 21 seconds': async (c, n) => ending(receive(c, await queueOf(c, n), { WaitTimeSeconds: 21 })),
};
