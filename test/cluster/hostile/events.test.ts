// Queues of change events: the stores that may name one, and the effects of a hostile sender.
import { expect, jest } from '@jest/globals';
import type { Queue } from '../../support/aws/sqs/queue.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { createStoreWithEvents, untilEvents } from '../../support/operator/events.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { readsOf } from '../../support/operator/waits.ts';
import { holdAgainst } from '../../support/hostile/harness.ts';
import { many } from '../../support/hostile/many.ts';

jest.setTimeout(300_000);

const ALLOWED = ['--allow-namespaced-queues=true'];
const MESSAGES = 1_500;

/** A queue that the attacker's store names, and an ExternalSecret of the attacker that is synced. */
async function ownQueue(attacker: Scene): Promise<Queue> {
  const queue = attacker.aws.createQueue('hostile');
  await attacker.objects.patch('secretstores', 'aws', { spec: { events: { sqs: { queueUrl: queue.url }, maxAge: '1h' } } });
  attacker.aws.secrets().create('hostile/value', 'x');
  const data = [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }];
  await attacker.objects.externalSecret('hostile', { refreshInterval: '1h', data });
  await attacker.objects.untilReason('hostile', 'SecretSynced');
  return queue;
}

/** As AWS sends it, about a version that is not there. */
function forged(secret: string, index: number): string {
  return JSON.stringify({
    'detail-type': 'Secret Label Updated',
    source: 'aws.secretsmanager',
    time: '2099-01-01T00:00:00Z',
    detail: { name: secret, labelUpdated: 'AWSCURRENT', versionId: `made-up-${index}` },
  });
}

const untilEmpty = (queue: Queue): Promise<unknown> =>
  waitUntil('the queue is empty', () => queue.visible + queue.inFlight === 0, { timeoutMs: 120_000 });

/** What no event would be, as large as the queue takes it: nested, wide, of other types, wrapped in itself, and no JSON at all. */
function oddBodies(length: number): readonly string[] {
  const fields = Array.from({ length: length / 16 }, (_, index) => `"k${index}":[{}]`).join(',');
  const names = Array.from({ length: length / 12 }, (_, index) => `n${index}`);
  const detail = { eventName: 'DeleteParameters', requestParameters: { names } };
  return [
    `${'['.repeat(length / 2)}${']'.repeat(length / 2)}`,
    `${'{"a":'.repeat(length / 8)}1${'}'.repeat(length / 8)}`,
    `{${fields}}`,
    JSON.stringify({ 'detail-type': 'AWS API Call via CloudTrail', source: 'aws.ssm', detail }).slice(0, length),
    JSON.stringify({ 'detail-type': ['Secret Label Updated'], source: {}, detail: 7, padding: 'x'.repeat(length / 2) }),
    JSON.stringify({ TopicArn: 'x', Type: 'Notification', Message: JSON.stringify({ TopicArn: 'x', Message: '['.repeat(length / 4) }) }),
    '\u0001'.repeat(length / 8),
    '{"__proto__":{"detail-type":"Secret Label Updated"}}',
  ];
}

holdAgainst([
  {
    name: `${MESSAGES} made-up messages in a queue that a SecretStore names, which is not allowed`,
    restart: false,
    plant: async (attacker) => {
      const queue = await ownQueue(attacker);
      for (let index = 0; index < MESSAGES; index += 1) queue.send(forged(index % 2 === 0 ? 'hostile/value' : 'newcomer', index));
      await untilEvents(attacker, 'EventsQueueNotAllowed');
    },
    expect: async (attacker) => {
      expect(attacker.aws.calls.entries.filter(({ operation }) => operation === 'ReceiveMessage')).toEqual([]);
      expect(readsOf(attacker, 'hostile/value')).toBe(1);
    },
  },
  {
    name: `${MESSAGES} made-up messages about one secret in a queue that a SecretStore names`,
    flags: ALLOWED,
    restart: false,
    plant: async (attacker) => {
      const queue = await ownQueue(attacker);
      await untilEvents(attacker, 'EventsReceived');
      for (let index = 0; index < MESSAGES; index += 1) queue.send(forged('hostile/value', index));
      await untilEmpty(queue);
    },
    expect: async (attacker) => {
      const reads = readsOf(attacker, 'hostile/value');
      process.stderr.write(`hostile: ${MESSAGES} made-up messages caused ${reads} reads\n`);
      expect(reads).toBeLessThan(20);
    },
  },
  {
    name: 'messages of 256 KiB and of 1 MiB that no event would be',
    flags: ALLOWED,
    restart: false,
    plant: async (attacker) => {
      const queue = await ownQueue(attacker);
      await untilEvents(attacker, 'EventsReceived');
      for (const length of [60_000, 262_144, 1_048_576])
        for (let times = 0; times < 5; times += 1) for (const body of oddBodies(length)) queue.send(body);
      await untilEmpty(queue);
    },
  },
  {
    name: '100 SecretStores that name queues',
    flags: ALLOWED,
    restart: false,
    plant: async (attacker) => {
      await many(100, async (index) => {
        const { url } = attacker.aws.createQueue(`hostile-${index}`);
        await createStoreWithEvents(attacker, { sqs: { queueUrl: url }, maxAge: '1h' }, `hostile-${index}`);
      });
      await waitUntil('each has an answer', async () => {
        const stores = await attacker.objects.list('secretstores');
        return stores.filter(({ status }) => status?.conditions?.some(({ type }) => type === 'Events') === true).length >= 100;
      });
    },
    expect: async (attacker) => {
      const stores = await attacker.objects.list('secretstores');
      const reasons = stores.flatMap(({ status }) => status?.conditions?.find(({ type }) => type === 'Events')?.reason ?? []);
      expect(reasons.filter((reason) => reason === 'EventsReceived').length).toBeLessThanOrEqual(2);
      expect(reasons.filter((reason) => reason === 'EventsQueueLimit').length).toBeGreaterThanOrEqual(98);
    },
  },
]);
