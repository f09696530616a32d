// ExternalSecrets of the maximum size and with unusual content.
import { jest } from '@jest/globals';
import { holdAgainst } from '../../support/hostile/harness.ts';
import { many } from '../../support/hostile/many.ts';
import { readyOf } from '../../support/operator/objects.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';

jest.setTimeout(300_000);

/** The attacker's ExternalSecret of this name has an answer. */
async function untilAnswered({ objects }: Scene, name: string): Promise<void> {
  await waitUntil(`${name} has an answer`, async () => readyOf(await objects.get('externalsecrets', name)), { timeoutMs: 60_000 });
}

const PROTOTYPE_NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];

holdAgainst([
  {
    name: 'an ExternalSecret with 500 keys of 2,048 characters, none of which is there',
    plant: async (attacker) => {
      const data = Array.from({ length: 500 }, (_, index) => ({
        secretKey: `k${index}`,
        remoteRef: { key: `${index}/`.padEnd(2_048, 'n'), property: 'p.'.repeat(100).slice(0, -1), version: 'v'.repeat(256) },
      }));
      await attacker.objects.externalSecret('hostile', { refreshInterval: '1s', data });
      await untilAnswered(attacker, 'hostile');
    },
  },
  {
    name: 'a status as long as it gets: 500 secrets whose names of 512 characters differ at the end only',
    plant: async (attacker) => {
      const keys = Array.from({ length: 500 }, (_, index) => `${'n'.repeat(508)}${String(index).padStart(4, '0')}`);
      for (const key of keys) attacker.aws.secrets().create(key, 'x');
      const data = keys.map((key, index) => ({ secretKey: `k${index}`, remoteRef: { key } }));
      await attacker.objects.externalSecret('hostile', { refreshInterval: '1s', target: { creationPolicy: 'None' }, data });
      await untilAnswered(attacker, 'hostile');
    },
  },
  {
    name: 'annotations of 250 kB on 40 ExternalSecrets, with a force-sync of 200 kB that changes',
    plant: async (attacker) => {
      attacker.aws.secrets().create('hostile/value', 'x');
      await many(40, (index) =>
        attacker.objects.create('externalsecrets', {
          metadata: {
            name: `hostile-${index}`,
            annotations: { note: 'n'.repeat(50_000), 'keytender.dev/force-sync': 'f'.repeat(200_000) },
          },
          spec: { secretStoreRef: { name: 'aws' }, data: [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }] },
        }),
      );
      await many(40, (index) =>
        attacker.objects.patch('externalsecrets', `hostile-${index}`, {
          metadata: { annotations: { 'keytender.dev/force-sync': 'g'.repeat(200_000) } },
        }),
      );
      await untilAnswered(attacker, 'hostile-39');
    },
  },
  {
    name: 'names that every JavaScript object has, for labels, annotations and keys',
    plant: async (attacker) => {
      const named = Object.fromEntries(PROTOTYPE_NAMES.map((name) => [`x.dev/${name}`, 'x']));
      for (const name of PROTOTYPE_NAMES) attacker.aws.secrets().create(name, JSON.stringify({ [name]: { [name]: 'x' } }));
      await attacker.objects.externalSecret('hostile', {
        target: { template: { metadata: { labels: { constructor: 'x' }, annotations: { ...named, toString: 'x' } } } },
        data: PROTOTYPE_NAMES.map((name) => ({ secretKey: name, remoteRef: { key: name, property: `${name}.${name}` } })),
      });
      await untilAnswered(attacker, 'hostile');
    },
  },
  {
    name: 'a template with 64 annotations of 16 kB, which the API server refuses',
    plant: async (attacker) => {
      attacker.aws.secrets().create('hostile/value', 'x');
      const annotations = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`a${index}`, 'v'.repeat(16_000)]));
      await attacker.objects.externalSecret('hostile', {
        target: { template: { metadata: { annotations } } },
        data: [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }],
      });
      await untilAnswered(attacker, 'hostile');
    },
  },
]);
