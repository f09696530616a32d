import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock, ms } from '../../../../src/base/time/clock.ts';
import { Credentials } from '../../../../src/aws/credentials/credentials.ts';
import type { AwsCall } from '../../../../src/aws/call/observed-call.ts';
import { createEventQueue } from '../../../../src/aws/sqs/queue-events.ts';
import type { QueueAddress } from '../../../../src/aws/event-queue-port.ts';
import { createTransport } from '../../../../src/aws/call/transport.ts';
import { startAwsEmulator } from '../../../support/aws/emulator.ts';
import type { AwsEmulator } from '../../../support/aws/emulator-surface.ts';
import type { Queue } from '../../../support/aws/sqs/queue.ts';
import { never, noTokens, REGION, staticBase, useEndpoint } from '../sdk-world.ts';
import { saidOf } from '../../../support/said.ts';

let aws: AwsEmulator;
let queue: Queue;
let address: QueueAddress;
let sqs: ReturnType<typeof createEventQueue>;
let calls: AwsCall[];
const credentialTransport = createTransport();
const MINUTE = { hidden: ms(60_000), wait: ms(20_000) };

beforeEach(async () => {
  aws = await startAwsEmulator();
  useEndpoint(aws.endpoint);
  queue = aws.createQueue('changes');
  calls = [];
  const context = { clock: systemClock, observe: (call: AwsCall) => void calls.push(call) };
  const credentials = new Credentials({ ...context, tokens: noTokens, transport: credentialTransport });
  sqs = createEventQueue({ ...context, credentials });
  const base = staticBase(aws.addAccessKey({ account: aws.defaultAccount }));
  address = { url: queue.url, source: { region: REGION, base, roles: [] } };
});
afterEach(async () => {
  sqs.close();
  await aws[Symbol.asyncDispose]();
});

const receive = async (): Promise<readonly { readonly receipt: string; readonly body: string }[]> => {
  const received = await sqs.receive(address, MINUTE, never());
  if (!received.ok) throw new Error(received.failure.message);
  return received.value;
};

describe('the queue of events', () => {
  it('is polled until a message comes, ten at a time', async () => {
    const polled = receive();
    queue.send('first');
    expect((await polled).map(({ body }) => body)).toEqual(['first']);
    for (let index = 0; index < 12; index += 1) queue.send(`${index}`);
    expect(await receive()).toHaveLength(10);
    expect(await receive()).toHaveLength(2);
    expect(queue.inFlight).toBe(13);
  });

  it('loses what is deleted and gets back what is given back, ten a call', async () => {
    for (let index = 0; index < 20; index += 1) queue.send(`${index}`);
    const receipts = [...(await receive()), ...(await receive())].map(({ receipt }) => receipt);
    expect(await sqs.delete(address, receipts.slice(0, 15), never())).toEqual({ ok: true, value: [] });
    expect(queue.deleted).toBe(15);
    expect(await sqs.changeVisibility(address, [...receipts.slice(15), 'of nobody'], ms(0), never())).toEqual({
      ok: true,
      value: undefined,
    });
    expect(await receive()).toHaveLength(5);
    expect(aws.calls.byOperation).toMatchObject({ DeleteMessageBatch: 2, ChangeMessageVisibilityBatch: 1 });
    expect(calls.map(({ service, operation, result }) => [service, operation, result])).toContainEqual(['sqs', 'DeleteMessageBatch', 'ok']);
  });

  it('is asked for at the endpoint, whatever host its URL names', async () => {
    queue.send('here');
    address = { ...address, url: `https://evil.example.com/${aws.defaultAccount}/changes` };
    expect((await receive()).map(({ body }) => body)).toEqual(['here']);
  });

  it('stops in the middle of a poll', async () => {
    const stop = new AbortController();
    const polled = sqs.receive(address, MINUTE, stop.signal);
    stop.abort(new DOMException('stop', 'AbortError'));
    await expect(polled).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.each([
    ['is not there', 'com.amazonaws.sqs#QueueDoesNotExist', 400, 'RemoteSecretNotFound', 'queue "changes" was not found in eu-central-1'],
    [
      'is not ours',
      'AccessDeniedException',
      403,
      'AccessDenied',
      /may not call sqs:ReceiveMessage for queue "changes" in eu-central-1: AWS does not say why$/,
    ],
    [
      'has a key that is not ours',
      'com.amazonaws.sqs#KmsAccessDenied',
      400,
      'KMSFailure',
      /^queue "changes" in eu-central-1 could not be decrypted for/,
    ],
    ['is throttled', 'RequestThrottled', 403, 'Throttled', /^SQS throttles the calls of/],
    ['is down', 'InternalFailure', 500, 'AWSUnavailable', 'SQS in eu-central-1 gave no usable answer'],
  ])('that %s is a failure in our words', async (_title, code, status, reason, message) => {
    using _fault = aws.inject({ operation: 'ReceiveMessage', fault: { kind: 'error', code, status } });
    const received = await sqs.receive(address, MINUTE, never());
    expect(saidOf(received)).toEqual({
      reason,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
  });
});
