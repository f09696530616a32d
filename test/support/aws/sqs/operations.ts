// The SQS operations for a consumer of events, and SendMessage.
import { z } from 'zod';
import { AwsError } from '../aws-error.ts';
import type { Queue } from './queue.ts';

const WAIT_MAX = 20;
const VISIBILITY_MAX = 43_200;
const BATCH_MAX = 10;

const queueUrl = { QueueUrl: z.string() };
const receive = z.object({
  ...queueUrl,
  MaxNumberOfMessages: z.int().min(1).max(BATCH_MAX).default(1),
  WaitTimeSeconds: z.int().min(0).max(WAIT_MAX).default(0),
  VisibilityTimeout: z.int().min(0).max(VISIBILITY_MAX).optional(),
  MessageSystemAttributeNames: z.array(z.string()).default([]),
});
const remove = z.object({ ...queueUrl, ReceiptHandle: z.string().min(1) });
const removeBatch = z.object({ ...queueUrl, Entries: z.array(z.object({ Id: z.string(), ReceiptHandle: z.string().min(1) })) });
const change = z.object({ ...queueUrl, ReceiptHandle: z.string().min(1), VisibilityTimeout: z.int().min(0).max(VISIBILITY_MAX) });
const changeBatch = z.object({
  ...queueUrl,
  Entries: z.array(z.object({ Id: z.string(), ReceiptHandle: z.string().min(1), VisibilityTimeout: z.int().min(0).max(VISIBILITY_MAX) })),
});
const send = z.object({ ...queueUrl, MessageBody: z.string().min(1).max(1_048_576) });
const attributes = z.object({ ...queueUrl, AttributeNames: z.array(z.string()).default([]) });

export type QueueOperation = (queue: Queue, input: unknown, gone: AbortSignal) => object | Promise<object>;

function operation<S extends z.ZodType>(
  schema: S,
  run: (queue: Queue, input: z.output<S>, gone: AbortSignal) => object | Promise<object>,
): QueueOperation {
  return (queue, input, gone) => {
    const parsed = schema.safeParse(input);
    if (!parsed.success) {
      const member = parsed.error.issues[0]?.path.join('.');
      throw new AwsError('com.amazonaws.sqs#InvalidParameterValue', `Value for parameter ${member} is invalid.`);
    }
    return run(queue, parsed.data, gone);
  };
}

export const SQS_OPERATIONS: ReadonlyMap<string, QueueOperation> = new Map([
  [
    'ReceiveMessage',
    operation(receive, async (queue, input, gone) => {
      const visibility = input.VisibilityTimeout ?? queue.visibilityTimeout;
      const messages = await queue.receive(input.MaxNumberOfMessages, input.WaitTimeSeconds, visibility, gone);
      if (messages.length === 0) return {};
      const wanted = (name: string): boolean =>
        input.MessageSystemAttributeNames.includes(name) || input.MessageSystemAttributeNames.includes('All');
      return {
        Messages: messages.map(({ Attributes, ...message }) => {
          const kept = Object.entries(Attributes).filter(([name]) => wanted(name));
          return { ...message, ...(kept.length > 0 && { Attributes: Object.fromEntries(kept) }) };
        }),
      };
    }),
  ],
  [
    'DeleteMessage',
    operation(remove, (queue, { ReceiptHandle }) => {
      queue.delete(ReceiptHandle);
      return {};
    }),
  ],
  [
    'DeleteMessageBatch',
    operation(removeBatch, (queue, { Entries }) => {
      checkBatch(Entries);
      for (const { ReceiptHandle } of Entries) queue.delete(ReceiptHandle);
      return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
    }),
  ],
  [
    'ChangeMessageVisibility',
    operation(change, (queue, { ReceiptHandle, VisibilityTimeout }) => {
      if (!queue.changeVisibility(ReceiptHandle, VisibilityTimeout)) throw notInFlight();
      return {};
    }),
  ],
  [
    'ChangeMessageVisibilityBatch',
    operation(changeBatch, (queue, { Entries }) => {
      checkBatch(Entries);
      const done = Entries.map(({ Id, ReceiptHandle, VisibilityTimeout }) => ({
        Id,
        changed: queue.changeVisibility(ReceiptHandle, VisibilityTimeout),
      }));
      const { message } = notInFlight();
      return {
        Successful: done.filter(({ changed }) => changed).map(({ Id }) => ({ Id })),
        Failed: done
          .filter(({ changed }) => !changed)
          .map(({ Id }) => ({ Id, SenderFault: true, Code: 'InvalidParameterValue', Message: message })),
      };
    }),
  ],
  ['SendMessage', operation(send, (queue, { MessageBody }) => queue.send(MessageBody))],
  [
    'GetQueueAttributes',
    operation(attributes, (queue, { AttributeNames }) => {
      const all: Readonly<Record<string, string>> = {
        QueueArn: queue.arn,
        ApproximateNumberOfMessages: String(queue.visible),
        ApproximateNumberOfMessagesNotVisible: String(queue.inFlight),
        VisibilityTimeout: String(queue.visibilityTimeout),
      };
      const wanted = Object.entries(all).filter(([name]) => AttributeNames.includes(name) || AttributeNames.includes('All'));
      return wanted.length === 0 ? {} : { Attributes: Object.fromEntries(wanted) };
    }),
  ],
]);

function checkBatch(entries: readonly { readonly Id: string }[]): void {
  if (entries.length === 0) throw new AwsError('com.amazonaws.sqs#EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > BATCH_MAX) {
    throw new AwsError('com.amazonaws.sqs#TooManyEntriesInBatchRequest', `Maximum number of entries per request are ${BATCH_MAX}.`);
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError('com.amazonaws.sqs#BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id.');
  }
}

const notInFlight = (): AwsError =>
  new AwsError('com.amazonaws.sqs#InvalidParameterValue', 'Message does not exist or is not available for visibility timeout change.');
