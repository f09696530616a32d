// Workloads and spec.restart of a tenant that may make any number of both. Nothing here makes pods, so no workload becomes healthy.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { holdAgainst, type HostileInput } from '../../support/hostile/harness.ts';
import { many } from '../../support/hostile/many.ts';
import { createConsumer, envFrom } from '../../support/operator/consumers.ts';
import type { AnyObject, Objects } from '../../support/operator/objects.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { markersOf } from '../../support/operator/workloads.ts';

jest.setTimeout(300_000);

const FLAGS = ['--restart=true'];
/** The bound for the restart of another tenant. Settling takes 2 s of it, and its next refresh up to 5 s. */
const OTHERS_MS = 30_000;

function restarting(restart: object): object {
  return {
    refreshInterval: '5s',
    data: [{ secretKey: 'value', remoteRef: { key: 'hostile/restarts' } }],
    restart: { settle: '0', ...restart },
  };
}

function isMarked(object: AnyObject | undefined): boolean {
  return object !== undefined && Object.keys(markersOf(object)).length > 0;
}

/** The Deployment of the other tenant has the marker of new content in time. */
async function restartOther({ aws }: Scene, tenant: Objects): Promise<void> {
  const secret = `tenant/restart-${Date.now()}`;
  aws.secrets().create(secret, 'one');
  await createConsumer(tenant, 'restarted', { container: envFrom('restarted') });
  const restart = { settle: '0', targets: [{ kind: 'Deployment', name: 'restarted' }] };
  await tenant.externalSecret('restarted', { refreshInterval: '5s', data: [{ secretKey: 'value', remoteRef: { key: secret } }], restart });
  await waitUntil('the Secret of the other tenant', async () => (await tenant.get('secrets', 'restarted')) !== undefined, {
    timeoutMs: OTHERS_MS,
  });
  aws.secrets().put(secret, 'two');
  const begun = Date.now();
  await waitUntil('the Deployment of the other tenant is restarted', async () => isMarked(await tenant.get('deployments', 'restarted')), {
    timeoutMs: OTHERS_MS,
  });
  process.stderr.write(`hostile: the other tenant's Deployment was restarted after ${Date.now() - begun} ms\n`);
}

const POLICIES = 120;
const WORKLOADS = 250;
const TOGGLED_MS = 20_000;

const inputs: readonly HostileInput[] = [
  {
    name: `${POLICIES} ExternalSecrets that select each of ${WORKLOADS} Deployments, with waves and windows, and change their Secrets`,
    flags: FLAGS,
    plant: async (attacker, tenant) => {
      const { aws, objects } = attacker;
      aws.secrets().create('hostile/restarts', 'one');
      await many(WORKLOADS, (index) => createConsumer(objects, `w-${index}`, { labels: { all: 'yes', wave: String(index % 16) } }));
      const waves = Array.from({ length: 16 }, (_, wave) => ({ name: `w${wave}`, selector: { matchLabels: { wave: String(wave) } } }));
      const windows = Array.from({ length: 16 }, (_, at) => ({ cron: `${at} ${at} 1 1 *`, duration: '1m' }));
      await many(POLICIES, (index) =>
        objects.externalSecret(
          `es-${index}`,
          restarting({
            targets: [{ kind: 'Deployment', selector: { matchLabels: { all: 'yes' } } }],
            ...(index % 2 === 0 ? { waves: index % 4 === 0 ? waves : waves.toReversed() } : { windows }),
          }),
        ),
      );
      await objects.untilReason('es-0', 'SecretSynced', 60_000);
      aws.secrets().put('hostile/restarts', 'two');
      await restartOther(attacker, tenant);
    },
  },
  {
    name: 'restart-now of 60 Deployments, their labels and their waves change all the time',
    flags: [...FLAGS, '--restart-min-interval=60s'],
    restart: false,
    plant: async (attacker, tenant) => {
      const { aws, objects } = attacker;
      aws.secrets().create('hostile/restarts', 'one');
      await many(60, (index) => createConsumer(objects, `w-${index}`, { labels: { wave: 'a' } }));
      const waves = ['a', 'b'].map((name) => ({ name, selector: { matchLabels: { wave: name } } }));
      const selector = { matchExpressions: [{ key: 'wave', operator: 'Exists' }] };
      await objects.externalSecret('hostile', restarting({ targets: [{ kind: 'Deployment', selector }], waves }));
      const until = Date.now() + TOGGLED_MS;
      const toggling = many(6, async (first) => {
        for (let round = 0; Date.now() < until; round += 1) {
          const name = `w-${(first + 6 * round) % 60}`;
          const annotations = { 'workload.keytender.dev/restart-now': `${round}`.padEnd(5_000, 'x') };
          await objects.patch('deployments', name, { metadata: { labels: { wave: round % 2 === 0 ? 'b' : 'a' }, annotations } });
          aws.secrets().put('hostile/restarts', `value ${round}`);
        }
      });
      await Promise.all([toggling, restartOther(attacker, tenant)]);
    },
    expect: async ({ objects }) => {
      const all = await objects.list('deployments');
      // Each was restarted at its first request, and not again within the minute.
      const answers = all.map((one) => Number.parseInt(markersOf(one)['restart_now'] ?? '', 10));
      expect(answers.filter((round) => round > 20)).toEqual([]);
    },
  },
  {
    name: 'Deployments with 1.2 MB of references, annotations that look like markers, and forged settings',
    flags: FLAGS,
    plant: async (attacker, tenant) => {
      const { objects } = attacker;
      const sources = Array.from({ length: 20_000 }, (_, index) => ({ secretRef: { name: `s${index}` } }));
      const templateAnnotations = Object.fromEntries(
        Array.from({ length: 3_000 }, (_, index) => [`restart.keytender.dev/${String(index).padStart(40, 'm')}`, `${2 ** 48}.x`]),
      );
      const annotations = {
        'workload.keytender.dev/restart': 'true',
        'workload.keytender.dev/live-reload': Array.from({ length: 20_000 }, (_, index) => `s${index}`).join(','),
      };
      await many(8, (index) =>
        createConsumer(objects, `big-${index}`, { container: { envFrom: sources }, annotations, templateAnnotations }),
      );
      for (let round = 0; round < 3; round += 1) {
        await many(8, (index) => objects.patch('deployments', `big-${index}`, { metadata: { labels: { round: String(round) } } }));
        await sleep(200);
      }
      await restartOther(attacker, tenant);
    },
  },
];

holdAgainst(inputs);
