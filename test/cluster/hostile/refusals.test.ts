// What the API server refuses, and what it quotes when it does.
import { jest } from '@jest/globals';
import { holdAgainst } from '../../support/hostile/harness.ts';

jest.setTimeout(300_000);

holdAgainst([
  {
    name: 'a label key of 240 kB that reads like a refusal, in template.metadata',
    plant: async (attacker) => {
      attacker.aws.secrets().create('hostile/value', 'x');
      await attacker.objects.externalSecret('hostile', {
        target: { template: { metadata: { labels: { ["ValidatingAdmissionPolicy 'a'".repeat(8_000)]: 'x' } } } },
        data: [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }],
      });
    },
  },
]);
