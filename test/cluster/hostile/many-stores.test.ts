// Very many stores of one tenant, and very many users of one store.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { holdAgainst } from '../../support/hostile/harness.ts';
import { shareOfMainThread } from '../../support/hostile/main-thread.ts';
import { many } from '../../support/hostile/many.ts';
import { readyOf } from '../../support/operator/objects.ts';
import { staticAuth, type Scene } from '../../support/operator/scene.ts';

jest.setTimeout(300_000);

/** The numbers of the attacks that once held the loop. They take minutes to create, so that a run tries about a quarter. */
const isFull = process.env['KEYTENDER_HOSTILE_FULL'] === '1';
const IDENTITIES = isFull ? 4_300 : 1_000;
const QUEUES = isFull ? 4_300 : 1_200;
const USERS = isFull ? 15_000 : 4_000;
const CHANGES = 20;
const WATCHED_MS = 15_000;

/** A store whose role nobody may assume, and an ExternalSecret with it. */
async function createRefused({ objects, aws }: Scene, index: number): Promise<void> {
  const name = `refused-${index}`;
  const role = `arn:aws:iam::222222222222:role/${name}`;
  const provider = { aws: { service: 'SecretsManager', region: aws.defaultRegion, auth: staticAuth('aws-credentials'), role } };
  await objects.create('secretstores', { metadata: { name }, spec: { provider } });
  const data = [{ secretKey: 'value', remoteRef: { key: 'any' } }];
  await objects.externalSecret(name, { secretStoreRef: { name }, refreshInterval: '5s', data });
}

holdAgainst([
  {
    name: `${IDENTITIES} identities whose role cannot be assumed`,
    rotates: true,
    plant: async (attacker) => {
      await many(IDENTITIES, (index) => createRefused(attacker, index));
      const hasAnswer = async (): Promise<boolean> =>
        readyOf(await attacker.objects.get('externalsecrets', `refused-${IDENTITIES - 1}`)) !== undefined;
      await waitUntil('the last one has an answer', hasAnswer, { timeoutMs: 120_000 });
      const share = await shareOfMainThread(attacker.operator.pid, WATCHED_MS);
      process.stderr.write(`hostile: the event loop is ${(100 * share).toFixed(0)} % busy with ${IDENTITIES} refused identities\n`);
    },
  },
  {
    name: `a store with ${USERS} users that changes ${CHANGES} times`,
    plant: async ({ objects }) => {
      // Suspended ones are woken as others are, and cost no calls.
      const data = [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }];
      await many(USERS, (index) => objects.externalSecret(`user-${index}`, { suspend: true, data }));
      await objects.untilReason(`user-${USERS - 1}`, 'Suspended', 120_000);
      for (let change = 0; change < CHANGES; change += 1) {
        await objects.patch('secretstores', 'aws', { spec: { allowedKeys: [`hostile/${change}`] } });
        await sleep(200);
      }
    },
  },
  {
    name: `${QUEUES} SecretStores that name queues`,
    flags: ['--allow-namespaced-queues=true'],
    plant: async (attacker) => {
      const { url } = attacker.aws.createQueue('hostile');
      await many(QUEUES, async (index) => {
        const provider = { aws: { service: 'SecretsManager', region: attacker.aws.defaultRegion, auth: staticAuth('aws-credentials') } };
        const events = { sqs: { queueUrl: `${url}-${index}` }, maxAge: '1h' };
        await attacker.objects.create('secretstores', { metadata: { name: `queue-${index}` }, spec: { provider, events } });
      });
      await waitUntil(
        'the last one has an answer',
        async () => {
          const { status } = (await attacker.objects.get('secretstores', `queue-${QUEUES - 1}`)) ?? {};
          return status?.conditions?.some(({ type }) => type === 'Events');
        },
        { timeoutMs: 120_000 },
      );
    },
    expect: async ({ objects }) => {
      const stores = await objects.list('secretstores');
      const reasons = stores.flatMap(({ status }) => status?.conditions?.find(({ type }) => type === 'Events')?.reason ?? []);
      // Some may have no answer yet. Of the others, two queues are tried.
      expect(reasons.filter((reason) => reason !== 'EventsQueueLimit').length).toBeLessThanOrEqual(2);
    },
  },
]);
