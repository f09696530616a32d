// Objects that a tenant's stores name: missing ones, and ones of the maximum size.
import { readdirSync } from 'node:fs';
import { expect, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { holdAgainst } from '../../support/hostile/harness.ts';
import { many } from '../../support/hostile/many.ts';
import { readyOf } from '../../support/operator/objects.ts';
import { staticAuth, type Scene } from '../../support/operator/scene.ts';

jest.setTimeout(300_000);

const MISSING = 1_200;
const PRESENT = 100;
/** Its own files and the connections to the API server, AWS and whoever probes: never one for each object that a tenant names. */
const MOST_DESCRIPTORS = 150;

/** A store that reads with the access key in the Secret of this name. */
async function createStore({ objects, aws }: Scene, name: string, secret: string): Promise<void> {
  const provider = { aws: { service: 'SecretsManager', region: aws.defaultRegion, auth: staticAuth(secret) } };
  await objects.create('secretstores', { metadata: { name }, spec: { provider } });
}

/** A Secret with an access key and this beside it, and a store that reads with it. */
async function createKeyAndStore(attacker: Scene, name: string, data: Readonly<Record<string, string>>): Promise<void> {
  const { accessKeyId, secretAccessKey } = attacker.aws.addAccessKey({ account: attacker.aws.defaultAccount });
  const stringData = { id: accessKeyId, secret: secretAccessKey };
  await attacker.objects.create('secrets', { metadata: { name }, stringData, data });
  await createStore(attacker, name, name);
}

async function untilStoreIs({ objects }: Scene, name: string, reason: string): Promise<void> {
  const look = async (): Promise<boolean> => readyOf(await objects.get('secretstores', name))?.reason === reason;
  await waitUntil(`SecretStore ${name} says ${reason}`, look, { timeoutMs: 120_000 });
}

holdAgainst([
  {
    name: '1,200 stores that name Secrets that do not exist, and 100 whose Secrets do',
    plant: async (attacker) => {
      await many(MISSING, (index) => createStore(attacker, `missing-${index}`, `missing-${index}`));
      await many(PRESENT, (index) => createKeyAndStore(attacker, `present-${index}`, {}));
      await untilStoreIs(attacker, `missing-${MISSING - 1}`, 'CredentialsMissing');
      await untilStoreIs(attacker, `present-${PRESENT - 1}`, 'StoreValid');
      expect(readdirSync(`/proc/${attacker.operator.pid}/fd`).length).toBeLessThan(MOST_DESCRIPTORS);
    },
  },
  {
    name: '100 stores whose Secrets hold 1 MB beside the access key',
    plant: async (attacker) => {
      const large = Buffer.alloc(1_000_000, 'x').toString('base64');
      await many(PRESENT, (index) => createKeyAndStore(attacker, `large-${index}`, { large }));
      await untilStoreIs(attacker, `large-${PRESENT - 1}`, 'StoreValid');
      // Each version is read live once more.
      await many(PRESENT, (index) => attacker.objects.patch('secrets', `large-${index}`, { metadata: { annotations: { edited: 'x' } } }));
    },
    expect: async (attacker) => untilStoreIs(attacker, 'large-0', 'StoreValid'),
  },
]);
