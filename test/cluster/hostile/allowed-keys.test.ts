// Patterns of keys with the longest matching time: a tenant writes both the patterns and the keys.
import { jest } from '@jest/globals';
import { holdAgainst } from '../../support/hostile/harness.ts';

jest.setTimeout(300_000);

holdAgainst([
  {
    name: '500 names of 1,000 characters before 32 patterns of 256 that match all but the end',
    plant: async (attacker) => {
      const allowedKeys = Array.from({ length: 32 }, (_, index) => `${'*a'.repeat(125)}b${index}*`);
      const auth = { secretRef: { accessKeyIDSecretRef: ref('id'), secretAccessKeySecretRef: ref('secret') } };
      const provider = { aws: { service: 'ParameterStore', region: attacker.aws.defaultRegion, auth } };
      await attacker.objects.create('secretstores', { metadata: { name: 'slow' }, spec: { provider, allowedKeys } });
      const data = Array.from({ length: 500 }, (_, index) => ({
        secretKey: `k${index}`,
        remoteRef: { key: `${'a'.repeat(1_000)}${index}` },
      }));
      await attacker.objects.externalSecret('slow', { secretStoreRef: { name: 'slow' }, refreshInterval: '1s', data });
      await attacker.objects.untilReason('slow', 'KeyNotAllowed', 60_000);
    },
  },
]);

function ref(key: string): object {
  return { name: 'aws-credentials', key };
}
