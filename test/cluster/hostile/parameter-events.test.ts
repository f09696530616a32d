// One change event that concerns very many references, in the queue that all tenants share.
import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { holdAgainst } from '../../support/hostile/harness.ts';
import { many } from '../../support/hostile/many.ts';

jest.setTimeout(300_000);

const RESOURCES = 20;
const ENTRIES = 500;
const EVENTS = 10;
const NAME = '/hostile/many';

holdAgainst([
  {
    name: `${EVENTS} events about one parameter to which up to 10,000 labels refer`,
    rotates: 'by events',
    restart: false,
    // 2 s more than in quiet, where a second event about a secret waits up to 0.5 s.
    limits: { staleMs: 2_500 },
    plant: async (attacker) => {
      const parameters = attacker.aws.parameters();
      parameters.put(NAME, 'first');
      await attacker.createStore('parameters', { service: 'ParameterStore' });
      await many(RESOURCES, (index) =>
        attacker.objects.create('externalsecrets', {
          metadata: { name: `hostile-${index}` },
          spec: {
            secretStoreRef: { name: 'parameters' },
            refreshInterval: '1h',
            data: Array.from({ length: ENTRIES }, (_, entry) => ({
              secretKey: `k${entry}`,
              remoteRef: { key: NAME, version: `label-${index}-${entry}` },
            })),
          },
        }),
      );
      // Reads of a namespace beyond its rate come later, so that not all references are there at once.
      const known = (): Promise<number> => attacker.operator.metricTotal('keytender_source_references');
      await waitUntil('many references are known', async () => (await known()) >= RESOURCES * ENTRIES * 0.2, {
        timeoutMs: 90_000,
        pollMs: 1_000,
      });
      for (let event = 0; event < EVENTS; event += 1) {
        parameters.put(NAME, `event ${event}`);
        await sleep(1_000);
      }
      process.stderr.write(`hostile: ${await known()} references were known at the last event\n`);
    },
  },
]);
