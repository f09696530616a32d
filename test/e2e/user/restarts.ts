// Workloads that Keytender finds by the Secret that they use, restarted in waves: with a good value, and with one at which the canary crashes.
import { describe, expect, it } from '@jest/globals';
import { deployment, externalSecret, fromSecret } from '../../support/e2e/consumers.ts';
import { figure, seconds } from '../../support/e2e/figures.ts';
import { eventually, type UserScene } from '../../support/e2e/scene.ts';
import { markerTextsOf } from '../../support/operator/workloads.ts';
import { ORDERS } from './consume.ts';

const REMOTE = 'production/payment/key';
const SECRET = 'payment-key';
const CANARY = 'payment-canary';
const REST = 'payment';
interface Row {
  readonly name: string;
  readonly phase?: string;
  readonly content?: string;
}

/** Serves, unless its key is broken. */
const PROGRAM =
  "--eval=if (process.env.KEY.startsWith('broken')) process.exit(1); require('node:http').createServer((_, answer) => answer.end()).listen(8080);";

export function restarts(sceneOf: () => UserScene): void {
  describe('restarts', () => {
    it('find what uses the Secret, and go in waves', async () => {
      const scene = sceneOf();
      scene.aws.secrets().create(REMOTE, scene.canaries.plant('key'));
      await createConsumers(scene);
      const began = Date.now();
      scene.aws.secrets().put(REMOTE, scene.canaries.plant('key'));
      await untilPhases(scene, 2, { [CANARY]: 'Healthy', [REST]: 'Healthy' });
      figure('AWS change to both waves healthy', seconds(Date.now() - began));
      const markers = await markersOf(scene);
      expect(markers[CANARY]).toMatch(/^2\./);
      expect(markers[REST]).toBe(markers[CANARY]);
    });

    it('hold the second wave while the canary crashes, and go on when the value is mended', async () => {
      const scene = sceneOf();
      const before = await markersOf(scene);
      scene.aws.secrets().put(REMOTE, `broken-${scene.canaries.plant('key')}`);
      await untilPhases(scene, 3, { [CANARY]: 'Failed', [REST]: 'Pending' });
      const status = (await scene.objects(ORDERS).get('externalsecrets', SECRET))?.status;
      const health = status?.conditions?.find(({ type }) => type === 'RolloutsHealthy');
      expect(health).toMatchObject({ status: 'False', reason: 'RolloutsHalted' });
      expect(health?.message).toContain(CANARY);
      const held = await markersOf(scene);
      expect(held[REST]).toBe(before[REST]);
      expect(held[CANARY]).not.toBe(before[CANARY]);

      const began = Date.now();
      scene.aws.secrets().put(REMOTE, scene.canaries.plant('key'));
      await untilPhases(scene, 4, { [CANARY]: 'Healthy', [REST]: 'Healthy' });
      figure('crashing canary: mended value to both waves healthy', seconds(Date.now() - began));
      const after = await markersOf(scene);
      expect(after[CANARY]).toMatch(/^4\./);
      expect(after[REST]).toBe(after[CANARY]);
      await scene.kubectl(
        'delete',
        '--namespace',
        ORDERS,
        `deployment/${CANARY}`,
        `deployment/${REST}`,
        `externalsecrets.keytender.dev/${SECRET}`,
      );
    });
  });
}

async function createConsumers(scene: UserScene): Promise<void> {
  const waves = [{ name: 'canary', selector: { matchLabels: { tier: 'canary' } } }, { name: 'rest' }];
  const restart = { mode: 'Discover', settle: '1s', timeout: '15s', waves };
  const data = [{ secretKey: 'key', remoteRef: { key: 'payment/key' } }];
  const options = { program: PROGRAM, env: [fromSecret('KEY', SECRET, 'key')] };
  await scene.apply(ORDERS, externalSecret(SECRET, { data, restart }), deployment(CANARY, options), deployment(REST, options));
  await scene.kubectl('label', '--namespace', ORDERS, `deployment/${CANARY}`, 'tier=canary');
  for (const name of [CANARY, REST])
    await scene.kubectl('rollout', 'status', '--namespace', ORDERS, `deployment/${name}`, '--timeout=180s');
  await untilPhases(scene, 1, { [CANARY]: 'Baseline', [REST]: 'Baseline' });
}

/** `sequence`: number of the content of the Secret, from 1. */
async function untilPhases(scene: UserScene, sequence: number, expected: Readonly<Record<string, string>>): Promise<void> {
  await eventually(`with content ${sequence}: ${JSON.stringify(expected)}`, async () => {
    const status = (await scene.objects(ORDERS).get('externalsecrets', SECRET))?.status;
    const rows = (status?.['restarts'] ?? []) as readonly Row[];
    const phases = new Map(rows.map(({ name, phase }) => [name, phase]));
    const isShown = rows.every(({ phase, content }) => phase !== 'Healthy' || content === status?.['content']);
    return (
      status?.['contentSequence'] === sequence && isShown && Object.entries(expected).every(([name, phase]) => phases.get(name) === phase)
    );
  });
}

async function markersOf(scene: UserScene): Promise<Readonly<Record<string, string | undefined>>> {
  const entries = [CANARY, REST].map(async (name) => {
    const workload = await scene.objects(ORDERS).get('deployments', name);
    return [name, markerTextsOf(workload)[SECRET]] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
