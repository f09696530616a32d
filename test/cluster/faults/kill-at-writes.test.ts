// kill -9 at each write of the operator, then a new start: the result is the same as without the kill, and no effect is repeated.
import { describe, expect, it, jest } from '@jest/globals';
import type { RequestMatch } from '../../support/api-proxy/fault-table.ts';
import { Lanes } from '../../support/operator/lanes.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import { untilShown } from '../../support/operator/restarts.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { openSceneWithSecrets, type SceneWithSecrets } from '../../support/operator/scene-with-secrets.ts';
import { contentOf, createWorkload, markersOf, untilMarked } from '../../support/operator/workloads.ts';

jest.setTimeout(60_000);

// held: it dies before the API server sees the request. passed: after, before it knows. lost: it lives, and its connection breaks in place of the answer.
const MOMENTS = ['held', 'passed', 'lost'] as const;
type Moment = (typeof MOMENTS)[number];

/** One for each moment. */
const lanes = new Lanes(MOMENTS.length, () => openSceneWithSecrets('kill-at-writes', { start: false }));

function inLane(moment: Moment, test: (lane: SceneWithSecrets) => Promise<void>): Promise<void> {
  return lanes.run(async (lane) => {
    await test(lane);
    const { objects } = lane.scene;
    for (const { metadata } of await objects.list('externalsecrets')) await objects.delete('externalsecrets', metadata.name);
  }, MOMENTS.indexOf(moment));
}

const name = (step: string, moment: Moment): string => `${step}-${moment}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

/** Does what makes the operator send this request, ends or disturbs it at that moment, and has one running afterwards. */
async function interrupt(scene: Scene, match: RequestMatch, moment: Moment, provoke: () => Promise<unknown>): Promise<void> {
  if (moment === 'lost') {
    const since = scene.proxy.log.next;
    const fault = scene.proxy.inject({ ...match, times: 1, fault: { kind: 'lose-response' } });
    await provoke();
    await scene.proxy.waitFor(match, ({ lost }) => lost, { since });
    fault.remove();
    return;
  }
  const hold = scene.proxy.hold({ ...match, at: moment === 'held' ? 'request' : 'response' });
  await provoke();
  await hold.arrived;
  await scene.operator.kill();
  hold.release();
  await scene.startOperator();
}

async function ensureRunning(scene: Scene): Promise<void> {
  if (scene.operators.at(-1)?.running !== true) await scene.startOperator();
}

async function createSynced(scene: Scene, id: string): Promise<void> {
  await createWorkload(scene.objects, 'Deployment', id);
  await scene.objects.externalSecret(id, {
    refreshInterval: '1s',
    data: [{ secretKey: 'password', remoteRef: { key: id } }],
    restart: { targets: [{ kind: 'Deployment', name: id }] },
  });
}

describe('the first start, interrupted at its write of the digest key', () => {
  it.concurrent.each(MOMENTS)('%s: there is one key, and it stays', (moment) =>
    inLane(moment, async ({ scene }) => {
      await scene.operators.at(-1)?.kill();
      await scene.objects.delete('secrets', 'keytender-digest-key');
      const match = { verb: 'create', resource: 'secrets', namespace: scene.namespace };
      await interrupt(scene, match, moment, () => scene.launchOperator());
      await scene.operator.whenReady();
      const first = await scene.objects.get('secrets', 'keytender-digest-key');
      await scene.operator.kill();
      await scene.startOperator();
      expect(await scene.objects.get('secrets', 'keytender-digest-key')).toEqual(first);
    }),
  );
});

describe('the first creation, interrupted', () => {
  const STEPS: readonly (readonly [string, (id: string) => RequestMatch])[] = [
    ['create Secret', () => ({ verb: 'create', resource: 'secrets' })],
    ['status', (id) => ({ verb: 'patch', resource: 'externalsecrets', subresource: 'status', name: id })],
    ['event', () => ({ verb: 'create', resource: 'events' })],
  ];
  it.concurrent.each(STEPS.flatMap(([step, match]) => MOMENTS.map((moment) => [step, moment, match] as const)))(
    '%s %s: one Secret, one content, nobody restarted',
    (step, moment, match) =>
      inLane(moment, async ({ scene, secrets }) => {
        const id = name(step, moment);
        await ensureRunning(scene);
        const value = scene.createSecret(id);
        await interrupt(scene, match(id), moment, () => createSynced(scene, id));
        await scene.objects.untilReason(id, 'SecretSynced');
        await scene.objects.untilValues(id, { password: value });
        // Statuses that follow from workloads come 5 s apart.
        await untilShown(scene, id, id, { phase: 'Baseline' });
        expect(await writesAtRest(scene, 1)).toEqual([]);
        await secrets.untilCurrent(id);
        expect(secrets.changes(id, contentOf)).toBe(1);
        expect(secrets.changes(id, ({ data }) => data)).toBe(1);
        const deployment = await scene.objects.get('deployments', id);
        expect([deployment?.metadata.generation, markersOf(deployment)]).toEqual([1, {}]);
      }),
  );
});

describe('a rotation, interrupted', () => {
  const STEPS: readonly (readonly [string, (id: string) => RequestMatch])[] = [
    ['patch Secret', (id) => ({ verb: 'patch', resource: 'secrets', name: id })],
    ['patch workload', (id) => ({ verb: 'patch', resource: 'deployments', name: id })],
    ['status after', (id) => ({ verb: 'patch', resource: 'externalsecrets', subresource: 'status', name: id })],
    ['event after', () => ({ verb: 'create', resource: 'events' })],
  ];
  it.concurrent.each(STEPS.flatMap(([step, match]) => MOMENTS.map((moment) => [step, moment, match] as const)))(
    '%s %s: one data change, one roll, one AWS version',
    (step, moment, match) =>
      inLane(moment, async ({ scene, secrets }) => {
        const id = name(step, moment);
        await ensureRunning(scene);
        scene.createSecret(id);
        const since = scene.proxy.log.next;
        await createSynced(scene, id);
        await scene.objects.untilReason(id, 'SecretSynced');
        await scene.proxy.waitFor({ verb: 'create', resource: 'events' }, ({ status }) => status === 201, { since });
        let value = '';
        await interrupt(scene, match(id), moment, async () => {
          value = scene.rotate(id);
          return Promise.resolve();
        });
        await scene.objects.untilValues(id, { password: value });
        await untilMarked(scene.objects, 'Deployment', id, id);
        const content = contentOf(await scene.objects.get('secrets', id));
        const reported = await waitUntil('the status shows the restart', async () => {
          const { status } = await scene.objects.untilReason(id, 'SecretSynced');
          const restarts = (status?.['restarts'] ?? []) as readonly { readonly content?: string }[];
          return restarts[0]?.content === content ? status : undefined;
        });
        expect(reported).toMatchObject({ content, restarts: [{ kind: 'Deployment', name: id, state: 'Restarted', content }] });
        expect(await writesAtRest(scene, 1)).toEqual([]);
        await secrets.untilCurrent(id);
        expect(secrets.changes(id, contentOf)).toBe(2);
        expect(secrets.changes(id, ({ data }) => data)).toBe(2);
        const deployment = await scene.objects.get('deployments', id);
        expect([deployment?.metadata.generation, markersOf(deployment)]).toEqual([2, { [id]: content }]);
        expect(scene.aws.secrets().describe(id).versionIds).toHaveLength(2);
      }),
  );
});
