// Hostile content of the ServiceAccounts that stores use for AWS.
import { jest } from '@jest/globals';
import { holdAgainst } from '../../support/hostile/harness.ts';
import type { Scene } from '../../support/operator/scene.ts';

jest.setTimeout(300_000);

/** Few: it is the size of each that is tried. */
const STORES = 30;
const ROLE = 'arn:aws:iam::111122223333:role/reader';

async function plantAccounts(attacker: Scene, annotations: Readonly<Record<string, string>>): Promise<void> {
  const spec = {
    provider: {
      aws: { service: 'SecretsManager', region: attacker.aws.defaultRegion, auth: { jwt: { serviceAccountRef: { name: '' } } } },
    },
  };
  for (let index = 0; index < STORES; index += 1) {
    const name = `hostile-${index}`;
    spec.provider.aws.auth.jwt.serviceAccountRef.name = name;
    await attacker.objects.create('serviceaccounts', { metadata: { name, annotations } });
    await attacker.objects.create('secretstores', { metadata: { name }, spec });
    const data = [{ secretKey: 'value', remoteRef: { key: 'any' } }];
    await attacker.objects.externalSecret(name, { secretStoreRef: { name }, data });
  }
  await attacker.objects.untilReason(`hostile-${STORES - 1}`, 'StoreNotReady', 60_000);
}

holdAgainst([
  {
    name: 'audiences of 200 kB on ServiceAccounts',
    plant: (attacker) =>
      plantAccounts(attacker, { 'eks.amazonaws.com/role-arn': ROLE, 'eks.amazonaws.com/audience': 'sts.amazonaws.com '.repeat(11_000) }),
  },
  {
    name: 'roles of 200 kB on ServiceAccounts',
    plant: (attacker) => plantAccounts(attacker, { 'eks.amazonaws.com/role-arn': ROLE.padEnd(200_000, 'x') }),
  },
]);
