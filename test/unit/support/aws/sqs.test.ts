import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startAwsEmulator } from '../../../support/aws/emulator.ts';
import type { AwsEmulator } from '../../../support/aws/emulator-surface.ts';
import { waitUntil } from '../../../support/control-plane/wait-until.ts';
import { sqsClient } from '../../../support/aws/sdk-clients.ts';
import type { Queue } from '../../../support/aws/sqs/queue.ts';

let aws: AwsEmulator;
let client: SQSClient;
let queue: Queue;

beforeEach(async () => {
  aws = await startAwsEmulator();
  client = sqsClient(aws.endpoint, { requestTimeoutMs: 25_000 });
  queue = aws.createQueue('changes', { events: true, maxReceiveCount: 3 });
});
afterEach(async () => {
  client.destroy();
  await aws[Symbol.asyncDispose]();
});

const receive = async (input: object = {}) => {
  const command = new ReceiveMessageCommand({
    QueueUrl: queue.url,
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ['All'],
    ...input,
  });
  return (await client.send(command)).Messages ?? [];
};
const bodies = async (input: object = {}) => (await receive(input)).map(({ Body }) => Body);

describe('the emulated queue', () => {
  it('hides what was received until its time is over, and counts', async () => {
    const before = Date.now();
    await client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'one' }));
    const [first] = await receive({ VisibilityTimeout: 60 });
    expect(first).toMatchObject({ Body: 'one', Attributes: { ApproximateReceiveCount: '1' } });
    expect(Number(first?.Attributes?.SentTimestamp)).toBeGreaterThanOrEqual(before);
    expect(await bodies()).toEqual([]);
    expect([queue.visible, queue.inFlight]).toEqual([0, 1]);
    aws.clock.advance(60_000);
    expect((await receive())[0]?.Attributes?.ApproximateReceiveCount).toBe('2');
  });

  it('lets a long poll wait for the first message', async () => {
    const polled = bodies({ WaitTimeSeconds: 20 });
    queue.send('late');
    expect(await polled).toEqual(['late']);
    const started = performance.now();
    expect(await bodies({ WaitTimeSeconds: 1 })).toEqual([]);
    expect(performance.now() - started).toBeGreaterThan(950);
  });

  it('gives nothing to a client that hung up', async () => {
    const stop = new AbortController();
    const polled = client.send(new ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: 20 }), { abortSignal: stop.signal });
    const refused = expect(polled).rejects.toMatchObject({ name: 'AbortError' });
    stop.abort();
    await refused;
    queue.send('for the next');
    expect(await bodies({ WaitTimeSeconds: 1 })).toEqual(['for the next']);
  });

  it('gives nothing to a client that hung up while it waited, however soon the message comes', async () => {
    const stop = new AbortController();
    const polled = client.send(new ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: 20 }), { abortSignal: stop.signal });
    const refused = expect(polled).rejects.toMatchObject({ name: 'AbortError' });
    await waitUntil('it waits', () => aws.calls.count('ReceiveMessage') === 1, { pollMs: 5 });
    stop.abort();
    await refused;
    // The emulator has not read yet that the connection is closed.
    queue.send('for the next');
    expect(await bodies({ WaitTimeSeconds: 1 })).toEqual(['for the next']);
  });

  it('deletes with any receipt, and puts what was received too often into the dead-letter queue', async () => {
    queue.send('gone');
    const [early] = await receive({ VisibilityTimeout: 0 });
    await receive({ VisibilityTimeout: 0 });
    await client.send(new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle: early?.ReceiptHandle }));
    expect([queue.visible, queue.deleted]).toEqual([0, 1]);
    queue.send('poison');
    for (let times = 0; times < 3; times++) expect(await bodies({ VisibilityTimeout: 0 })).toEqual(['poison']);
    expect(await bodies()).toEqual([]);
    expect(queue.deadLetters).toEqual(['poison']);
  });

  it('deletes and changes visibility in batches, each entry for itself', async () => {
    for (const body of ['a', 'b', 'c']) queue.send(body);
    const [a, b, c] = (await receive({ VisibilityTimeout: 60 })).map(({ ReceiptHandle }) => ReceiptHandle);
    const entry = (Id: string, ReceiptHandle: string | undefined) => ({ Id, ReceiptHandle });
    const { Successful } = await client.send(
      new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries: [entry('0', a), entry('1', 'of nobody')] }),
    );
    expect(Successful?.map(({ Id }) => Id)).toEqual(['0', '1']);
    const changed = await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: queue.url,
        Entries: [
          { ...entry('0', a), VisibilityTimeout: 5 },
          { ...entry('1', b), VisibilityTimeout: 0 },
          { ...entry('2', c), VisibilityTimeout: 120 },
        ],
      }),
    );
    expect(changed.Successful?.map(({ Id }) => Id)).toEqual(['1', '2']);
    expect(changed.Failed).toMatchObject([{ Id: '0', Code: 'InvalidParameterValue' }]);
    expect(await bodies({ VisibilityTimeout: 1 })).toEqual(['b']);
    aws.clock.advance(61_000);
    expect(await bodies()).toEqual(['b']);
    const attributes = new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: ['All'] });
    expect((await client.send(attributes)).Attributes).toMatchObject({
      QueueArn: queue.arn,
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '2',
    });
  });

  it.each([
    ['an unknown queue', { QueueUrl: 'https://sqs.eu-central-1.amazonaws.com/111122223333/other' }, 'QueueDoesNotExist'],
    ['eleven messages', { MaxNumberOfMessages: 11 }, 'InvalidParameterValue'],
    ['a poll of 21 seconds', { WaitTimeSeconds: 21 }, 'InvalidParameterValue'],
  ])('refuses %s', async (_title, input, name) => {
    await expect(receive(input)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  it('refuses batches that AWS would refuse, and receipts of nothing', async () => {
    const entries = (count: number, id = (index: number) => String(index)) =>
      Array.from({ length: count }, (_, index) => ({ Id: id(index), ReceiptHandle: 'x' }));
    const batch = (Entries: ReturnType<typeof entries>) => client.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries }));
    await expect(batch(entries(0))).rejects.toMatchObject({ name: 'EmptyBatchRequest' });
    await expect(batch(entries(11))).rejects.toMatchObject({ name: 'TooManyEntriesInBatchRequest' });
    await expect(batch(entries(2, () => 'same'))).rejects.toMatchObject({ name: 'BatchEntryIdsNotDistinct' });
    const change = new ChangeMessageVisibilityCommand({ QueueUrl: queue.url, ReceiptHandle: 'x', VisibilityTimeout: 1 });
    await expect(client.send(change)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  it('asks IAM, by queue and action', async () => {
    aws.switches.enforceIam = true;
    const policies = [{ Statement: { Effect: 'Allow', Action: 'sqs:ReceiveMessage', Resource: queue.arn } }];
    const key = aws.addAccessKey({ account: aws.defaultAccount, user: 'reader', policies });
    const reader = sqsClient(aws.endpoint, { credentials: key });
    queue.send('one');
    const [message] = (await reader.send(new ReceiveMessageCommand({ QueueUrl: queue.url }))).Messages ?? [];
    const remove = new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries: [{ Id: '0', ReceiptHandle: message?.ReceiptHandle }] });
    await expect(reader.send(remove)).rejects.toMatchObject({ name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } });
    reader.destroy();
  });

  it('gets the native events of its account and region, and suffers faults', async () => {
    const secret = aws.secrets().create('orders', 'one');
    aws.secrets('111122223333', 'us-east-1').create('elsewhere', 'one');
    aws.secrets('111122223333', 'us-east-1').put('elsewhere', 'two');
    aws.secrets().put('orders', 'two');
    using fault = aws.inject({ operation: 'ReceiveMessage', times: 1, fault: { kind: 'throttle' } });
    await expect(receive()).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect(fault.hits).toBe(1);
    const events = (await bodies()).map((body) => JSON.parse(body ?? '') as object);
    expect(events).toMatchObject([
      { 'detail-type': 'Secret Label Updated', resources: [secret.arn], detail: { labelUpdated: 'AWSCURRENT' } },
    ]);
    expect(aws.calls.count('ReceiveMessage')).toBe(2);
  });
});
