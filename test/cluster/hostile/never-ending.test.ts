// Objects that never go, that go at once, and that the API server refuses to store: a controller that tries again must not do so at the cost of others.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { holdAgainst } from '../../support/hostile/harness.ts';
import { many } from '../../support/hostile/many.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { untilObject } from '../../support/operator/waits.ts';

jest.setTimeout(300_000);

const NEVER = ['hostile.dev/never'];
const WATCHED_MS = 10_000;
const DATA = [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }];

/** So many ExternalSecrets of one value. */
async function createMany({ objects, aws }: Scene, count: number, metadata: object = {}): Promise<void> {
  aws.secrets().create('hostile/value', 'x');
  await many(count, (index) =>
    objects.create('externalsecrets', {
      metadata: { name: `hostile-${index}`, ...metadata },
      spec: { secretStoreRef: { name: 'aws' }, refreshInterval: '1s', data: DATA },
    }),
  );
}

/** So that the namespace can be deleted. */
async function letGo({ objects }: Scene, plural: string): Promise<void> {
  const all = await objects.list(plural);
  for (const { metadata } of all) await objects.patch(plural, metadata.name, { metadata: { finalizers: null } });
}

holdAgainst([
  {
    name: '300 deleted ExternalSecrets whose finalizers never go, edited again and again',
    plant: async (attacker) => {
      await createMany(attacker, 300, { finalizers: NEVER });
      await attacker.objects.untilReason('hostile-299', 'SecretSynced', 60_000);
      await many(300, (index) => attacker.objects.delete('externalsecrets', `hostile-${index}`));
      for (let round = 0; round < 5; round += 1) {
        const annotations = { 'keytender.dev/force-sync': String(round) };
        await many(300, (index) => attacker.objects.patch('externalsecrets', `hostile-${index}`, { metadata: { annotations } }));
      }
    },
    expect: (attacker) => letGo(attacker, 'externalsecrets'),
  },
  {
    name: '200 managed Secrets that are deleted and whose finalizers never go',
    plant: async (attacker) => {
      const { objects } = attacker;
      await createMany(attacker, 200);
      const names = Array.from({ length: 200 }, (_, index) => `hostile-${index}`);
      for (const name of names) await objects.untilReason(name, 'SecretSynced', 60_000);
      await many(200, async (index) => {
        await objects.patch('secrets', `hostile-${index}`, { metadata: { finalizers: NEVER }, data: { value: 'eA==', more: 'eA==' } });
        await objects.delete('secrets', `hostile-${index}`);
      });
      attacker.aws.secrets().put('hostile/value', 'y');
      await sleep(WATCHED_MS);
    },
    expect: (attacker) => letGo(attacker, 'secrets'),
  },
  {
    name: '300 ExternalSecrets whose owners are absent, so that each is collected at once, made three times',
    plant: async ({ objects, aws }) => {
      aws.secrets().create('hostile/value', 'x');
      for (let round = 0; round < 3; round += 1) {
        await many(300, (index) =>
          objects.create('externalsecrets', {
            metadata: {
              name: `orphan-${round}-${index}`,
              ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'absent', uid: randomUUID() }],
            },
            spec: { secretStoreRef: { name: 'aws' }, refreshInterval: '1s', data: DATA },
          }),
        );
      }
      const isEmpty = async (): Promise<boolean> => (await objects.list('externalsecrets')).length === 0;
      await waitUntil('all are collected', isEmpty, { timeoutMs: 90_000 });
    },
  },
  {
    name: '300 ExternalSecrets in a namespace whose quota leaves room for no Event and for no further Secret',
    plant: async (attacker) => {
      const { objects } = attacker;
      const used = (await objects.list('secrets')).length;
      const hard = { secrets: String(used), 'count/events': '0', 'count/events.events.k8s.io': '0' };
      await objects.create('resourcequotas', { metadata: { name: 'none' }, spec: { hard } });
      await untilObject(attacker, 'resourcequotas', 'none', ({ status }) => status?.['used'] !== undefined);
      await createMany(attacker, 300);
      await sleep(WATCHED_MS);
    },
  },
]);
