// kill -9 at each write of the operator, then a new start: the result is the same as without the kill, and no effect is repeated.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { RequestMatch } from '../../support/api-proxy/fault-table.ts';
import { followObjects, type History } from '../../support/operator/history.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { contentOf, createWorkload, markersOf, untilMarked } from '../../support/operator/workloads.ts';

jest.setTimeout(60_000);

let scene: Scene;
let secrets: History;

beforeAll(async () => {
  scene = await openScene('kill-at-writes', { start: false });
  await scene.createStore();
  secrets = await followObjects(scene, 'secrets');
}, 120_000);

afterEach(async () => {
  for (const { metadata } of await scene.objects.list('externalsecrets')) await scene.objects.delete('externalsecrets', metadata.name);
});

afterAll(async () => {
  await secrets?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

// held: it dies before the API server sees the request. passed: after, before it knows. lost: it lives, and its connection breaks in place of the answer.
const MOMENTS = ['held', 'passed', 'lost'] as const;
type Moment = (typeof MOMENTS)[number];

const name = (step: string, moment: Moment): string => `${step}-${moment}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

/** Does what makes the operator send this request, ends or disturbs it at that moment, and has one running afterwards. */
async function interrupt(match: RequestMatch, moment: Moment, provoke: () => Promise<unknown>): Promise<void> {
  if (moment === 'lost') {
    const fault = scene.proxy.inject({ ...match, times: 1, fault: { kind: 'lose-response' } });
    await provoke();
    await scene.proxy.waitFor(match, ({ lost }) => lost, { since: 0 });
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

async function ensureRunning(): Promise<void> {
  if (scene.operators.at(-1)?.running !== true) await scene.startOperator();
}

async function createSynced(id: string): Promise<void> {
  await createWorkload(scene.objects, 'Deployment', id);
  await scene.objects.externalSecret(id, {
    refreshInterval: '1s',
    data: [{ secretKey: 'password', remoteRef: { key: id } }],
    restart: { targets: [{ kind: 'Deployment', name: id }] },
  });
}

describe('the first start, interrupted at its write of the digest key', () => {
  it.each(MOMENTS)('%s: there is one key, and it stays', async (moment) => {
    await scene.operators.at(-1)?.kill();
    await scene.objects.delete('secrets', 'keytender-digest-key');
    const match = { verb: 'create', resource: 'secrets', namespace: scene.namespace };
    await interrupt(match, moment, () => scene.launchOperator());
    await scene.operator.whenReady();
    const first = await scene.objects.get('secrets', 'keytender-digest-key');
    await scene.operator.kill();
    await scene.startOperator();
    expect(await scene.objects.get('secrets', 'keytender-digest-key')).toEqual(first);
  });
});

describe('the first creation, interrupted', () => {
  const STEPS: readonly (readonly [string, (id: string) => RequestMatch])[] = [
    ['create Secret', () => ({ verb: 'create', resource: 'secrets' })],
    ['status', (id) => ({ verb: 'patch', resource: 'externalsecrets', subresource: 'status', name: id })],
    ['event', () => ({ verb: 'create', resource: 'events' })],
  ];
  it.each(STEPS.flatMap(([step, match]) => MOMENTS.map((moment) => [step, moment, match] as const)))(
    '%s %s: one Secret, one content, nobody restarted',
    async (step, moment, match) => {
      const id = name(step, moment);
      await ensureRunning();
      const value = scene.createSecret(id);
      await interrupt(match(id), moment, () => createSynced(id));
      await scene.objects.untilReason(id, 'SecretSynced');
      await scene.objects.untilValues(id, { password: value });
      expect(await writesAtRest(scene, 1)).toEqual([]);
      expect(secrets.changes(id, contentOf)).toBe(1);
      expect(secrets.changes(id, ({ data }) => data)).toBe(1);
      const deployment = await scene.objects.get('deployments', id);
      expect([deployment?.metadata.generation, markersOf(deployment)]).toEqual([1, {}]);
    },
  );
});

describe('a rotation, interrupted', () => {
  const STEPS: readonly (readonly [string, (id: string) => RequestMatch])[] = [
    ['patch Secret', (id) => ({ verb: 'patch', resource: 'secrets', name: id })],
    ['patch workload', (id) => ({ verb: 'patch', resource: 'deployments', name: id })],
    ['status after', (id) => ({ verb: 'patch', resource: 'externalsecrets', subresource: 'status', name: id })],
    ['event after', () => ({ verb: 'create', resource: 'events' })],
  ];
  it.each(STEPS.flatMap(([step, match]) => MOMENTS.map((moment) => [step, moment, match] as const)))(
    '%s %s: one data change, one roll, one AWS version',
    async (step, moment, match) => {
      const id = name(step, moment);
      await ensureRunning();
      scene.createSecret(id);
      await createSynced(id);
      await scene.objects.untilReason(id, 'SecretSynced');
      await scene.proxy.waitFor({ verb: 'create', resource: 'events' }, ({ status }) => status === 201, { since: 0 });
      let value = '';
      await interrupt(match(id), moment, async () => {
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
      expect(secrets.changes(id, contentOf)).toBe(2);
      expect(secrets.changes(id, ({ data }) => data)).toBe(2);
      const deployment = await scene.objects.get('deployments', id);
      expect([deployment?.metadata.generation, markersOf(deployment)]).toEqual([2, { [id]: content }]);
      expect(scene.aws.secrets().describe(id).versionIds).toHaveLength(2);
    },
  );
});
