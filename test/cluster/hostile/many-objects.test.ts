// Objects of the operator's own kinds, large and many: all tenants share the memory for them.
import { expect, jest } from '@jest/globals';
import { holdAgainst } from '../../support/hostile/harness.ts';
import { many } from '../../support/hostile/many.ts';
import type { Objects } from '../../support/operator/objects.ts';

jest.setTimeout(400_000);

/** About 1.3 MB with 500 entries of it: etcd takes 1.5 MiB. */
const LONG_KEY = 'k'.repeat(2_048);
/** As long as a value of credentials may be: 16 KiB in base64. */
const LONG_VALUE = 11 * 1024;
const CREDENTIALS = { id: 'AKIAHOSTILE', secret: 's'.repeat(LONG_VALUE), other: 'o'.repeat(900 * 1024) };

function entries(count: number, key: (index: number) => string): readonly object[] {
  return Array.from({ length: count }, (_, index) => ({
    secretKey: `${'s'.repeat(200)}${index}`,
    remoteRef: { key: key(index), version: 'v'.repeat(250) },
  }));
}

/** A SecretStore with as much in it as its schema lets in: some 100 kB. */
function largestStore(region: string, index: number): object {
  const role = (name: string): string => `arn:aws:iam::111111111111:role/${name.padEnd(2_000, 'r')}`;
  const tags = Array.from({ length: 50 }, (_, tag) => ({ key: `${tag}`.padEnd(128, 'k'), value: 'v'.repeat(256) }));
  const auth = { secretRef: { accessKeyIDSecretRef: ref(index, 'id'), secretAccessKeySecretRef: ref(index, 'secret') } };
  const aws = {
    service: 'SecretsManager',
    region,
    auth,
    role: role(`last-${index}`),
    additionalRoles: Array.from({ length: 8 }, (_, at) => role(`r${at}`)),
    externalID: 'x'.repeat(1_224),
    sessionTags: tags,
    transitiveTagKeys: tags.map(({ key }) => key),
  };
  const allowedKeys = Array.from({ length: 32 }, (_, at) => `${at}`.padEnd(256, 'p'));
  return { metadata: { name: `large-${index}` }, spec: { provider: { aws }, allowedKeys } };
}

function ref(index: number, key: string): object {
  return { name: `credentials-${index}`, key };
}

/** Names of ExternalSecrets that say that they are not kept. */
async function notKept(objects: Objects, count: number): Promise<number> {
  let found = 0;
  for (let index = 0; index < count; index += 1) {
    const ready = (await objects.get('externalsecrets', `large-${index}`))?.status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.reason === 'MemoryShareExceeded') found += 1;
  }
  return found;
}

holdAgainst([
  {
    name: '200 suspended ExternalSecrets of 1.3 MB',
    plant: async ({ objects }) => {
      const data = entries(500, (index) => `${LONG_KEY.slice(4)}${index}`);
      await many(200, (index) => objects.externalSecret(`large-${index}`, { suspend: true, data }));
    },
    expect: async ({ objects }) => {
      await objects.untilReason('large-199', 'MemoryShareExceeded', 60_000);
      expect(await notKept(objects, 200)).toBeGreaterThan(150);
    },
  },
  {
    name: '500 ExternalSecrets of 500 entries each',
    plant: async ({ objects }) => {
      await many(500, (index) => {
        const data = Array.from({ length: 500 }, (_, at) => ({ secretKey: `k${at}`, remoteRef: { key: `none/${index}-${at}` } }));
        return objects.externalSecret(`large-${index}`, { refreshInterval: '1h', data });
      });
    },
    expect: async ({ objects }) => {
      expect(await notKept(objects, 500)).toBeGreaterThan(200);
    },
  },
  {
    name: '300 SecretStores of the largest size, each with a Secret of its own with credentials as long as they may be',
    plant: async ({ objects, aws }) => {
      await many(300, async (index) => {
        await objects.create('secrets', { metadata: { name: `credentials-${index}` }, stringData: CREDENTIALS });
        await objects.create('secretstores', largestStore(aws.defaultRegion, index));
      });
    },
  },
  {
    name: '300 stores that name sixty long keys of five Secrets of 0.7 MB',
    plant: async ({ objects, aws }) => {
      const long = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`k${at}`, 'x'.repeat(LONG_VALUE)]));
      await many(5, (index) =>
        objects.create('secrets', { metadata: { name: `credentials-${index}` }, stringData: { ...long, id: `AKIA${index}` } }),
      );
      await many(300, async (index) => {
        const shared = index % 5;
        const auth = { secretRef: { accessKeyIDSecretRef: ref(shared, 'id'), secretAccessKeySecretRef: ref(shared, `k${index % 60}`) } };
        const provider = { aws: { service: 'SecretsManager', region: aws.defaultRegion, auth } };
        await objects.create('secretstores', { metadata: { name: `store-${index}` }, spec: { provider } });
      });
    },
  },
]);
