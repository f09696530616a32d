// Very many objects of one tenant, each of them harmless.
import { jest } from '@jest/globals';
import { holdAgainst } from '../../support/hostile/harness.ts';
import { many } from '../../support/hostile/many.ts';
import type { Scene } from '../../support/operator/scene.ts';

jest.setTimeout(300_000);

async function manySecrets(attacker: Scene, count: number, spec: object): Promise<void> {
  attacker.aws.secrets().create('hostile/value', 'x');
  await many(count, (index) =>
    attacker.objects.externalSecret(`hostile-${index}`, { data: [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }], ...spec }),
  );
}

holdAgainst([
  {
    name: 'a thousand ExternalSecrets for one and the same Secret',
    plant: (attacker) => manySecrets(attacker, 1_000, { target: { name: 'contested' } }),
  },
  {
    name: 'a thousand ExternalSecrets that fail in a thousand ways and are refreshed every second',
    plant: async (attacker) => {
      await many(1_000, (index) =>
        attacker.objects.externalSecret(`hostile-${index}`, {
          refreshInterval: '1s',
          data: [{ secretKey: 'value', remoteRef: { key: `missing/${index}` } }],
        }),
      );
    },
  },
  {
    name: 'ExternalSecrets that are made and deleted in a loop',
    plant: async (attacker) => {
      attacker.aws.secrets().create('hostile/value', 'x');
      await many(1_000, async (index) => {
        await attacker.objects.externalSecret(`hostile-${index}`, { data: [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }] });
        await attacker.objects.delete('externalsecrets', `hostile-${index}`);
      });
    },
  },
  {
    name: 'an ExternalSecret whose specification changes without end',
    plant: async (attacker) => {
      await manySecrets(attacker, 1, {});
      await many(1_000, (index) =>
        attacker.objects.patch('externalsecrets', 'hostile-0', {
          spec: { data: [{ secretKey: `k${index}`, remoteRef: { key: 'hostile/value' } }] },
        }),
      );
    },
  },
]);
