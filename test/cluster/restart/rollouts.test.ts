// What is rolled, how often, and what is not: each kind of workload through the life of one Secret.
import { describe, expect, it, jest } from '@jest/globals';
import type { AnyObject } from '../../support/operator/objects.ts';
import { writesAtRest, writesDuringRefreshes } from '../../support/operator/refreshes.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { createRestarting } from '../../support/operator/restarts.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { useSceneWithPods } from '../../support/operator/scene-with-pods.ts';
import { contentOf, createWorkload, PLURALS, untilMarked, untilRolledOut, type Kind } from '../../support/operator/workloads.ts';

jest.setTimeout(60_000);

let scene: Scene;

useSceneWithPods('rolls', (opened) => ({ scene } = opened), { node: true });

const KINDS: readonly Kind[] = ['Deployment', 'StatefulSet', 'DaemonSet'];

async function workload(kind: Kind, name: string): Promise<AnyObject> {
  const object = await scene.objects.get(PLURALS[kind], name);
  if (object === undefined) throw new Error(`no ${kind} ${name}`);
  return object;
}

/** A Secret and three workloads of one name, rolled out, with an ExternalSecret that restarts them. */
async function setUp(name: string, extra: Readonly<Record<string, unknown>> = {}): Promise<void> {
  scene.createSecret(name);
  for (const kind of KINDS) await createWorkload(scene.objects, kind, `${name}-${kind.toLowerCase()}`);
  for (const kind of KINDS) await untilRolledOut(scene.objects, kind, `${name}-${kind.toLowerCase()}`);
  const targets = KINDS.map((kind) => ({ kind, name: `${name}-${kind.toLowerCase()}` }));
  await createRestarting(scene, name, targets, extra);
  await scene.objects.untilReason(name, 'SecretSynced');
}

const generations = async (name: string): Promise<readonly unknown[]> =>
  Promise.all(KINDS.map(async (kind) => (await workload(kind, `${name}-${kind.toLowerCase()}`)).metadata.generation));

async function untilAllMarked(name: string): Promise<void> {
  for (const kind of KINDS) await untilMarked(scene.objects, kind, `${name}-${kind.toLowerCase()}`, name);
}

describe('workloads of one Secret', () => {
  it('are left alone by its creation, rolled once by each change, and the status says so', async () => {
    await setUp('life');
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect(await generations('life')).toEqual([1, 1, 1]);
    const created = await scene.objects.get('externalsecrets', 'life');
    expect(created?.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Restarted', status: 'True', reason: 'RestartsNotNeeded' }),
    );

    for (const generation of [2, 3]) {
      const before = Date.now();
      scene.rotate('life');
      await waitUntil('all are at the next generation', async () => (await generations('life')).every((one) => one === generation));
      await untilAllMarked('life');
      for (const kind of KINDS) await untilRolledOut(scene.objects, kind, `life-${kind.toLowerCase()}`);
      const content = contentOf(await scene.objects.get('secrets', 'life'));
      const status = await waitUntil('the status speaks of this content, and of all restarts', async () => {
        const object = await scene.objects.get('externalsecrets', 'life');
        const restarts = (object?.status?.['restarts'] ?? []) as readonly { readonly content?: string; readonly phase?: string }[];
        const isDone = restarts.every((one) => one.content === content && one.phase === 'Healthy');
        return object?.status?.['content'] === content && isDone ? object?.status : undefined;
      });
      const restarts = status['restarts'] as readonly { readonly restartedAt: string }[];
      const times = { restartedAt: expect.any(String), since: expect.any(String) };
      expect(restarts).toEqual(
        KINDS.toSorted().map((kind) => ({
          kind,
          name: `life-${kind.toLowerCase()}`,
          state: 'Restarted',
          phase: 'Healthy',
          content,
          ...times,
        })),
      );
      for (const { restartedAt } of restarts) expect(Date.parse(restartedAt)).toBeGreaterThanOrEqual(before);
      expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Restarted', status: 'True', reason: 'RestartsDone' }));
      expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'RolloutsHealthy', status: 'True' }));
      expect(await writesAtRest(scene, 1)).toEqual([]);
      expect(await generations('life')).toEqual([generation, generation, generation]);
    }
    expect(await scene.operator.metric('keytender_restarts_total{kind="StatefulSet",result="restarted",cause="Secret"}')).toBe(2);
    await scene.objects.delete('externalsecrets', 'life');
  });

  it('are left alone when only metadata changes, or a new AWS version holds the same value', async () => {
    const value = 'the same in both versions';
    scene.aws.secrets().create('calm', value);
    for (const kind of KINDS) await createWorkload(scene.objects, kind, `calm-${kind.toLowerCase()}`);
    await scene.objects.externalSecret('calm', {
      refreshInterval: '1s',
      data: [{ secretKey: 'password', remoteRef: { key: 'calm' } }],
      restart: { targets: KINDS.map((kind) => ({ kind, name: `calm-${kind.toLowerCase()}` })) },
    });
    await scene.objects.untilReason('calm', 'SecretSynced');
    const content = contentOf(await scene.objects.get('secrets', 'calm'));

    const { versionId } = scene.aws.secrets().put('calm', value);
    await waitUntil('the status names the new version', async () =>
      JSON.stringify((await scene.objects.get('externalsecrets', 'calm'))?.status?.['sources'])?.includes(versionId),
    );
    await scene.objects.patch('externalsecrets', 'calm', { spec: { target: { template: { metadata: { labels: { team: 'calm' } } } } } });
    await waitUntil(
      'the label is on the Secret',
      async () => (await scene.objects.get('secrets', 'calm'))?.metadata.labels?.['team'] === 'calm',
    );
    await scene.objects.untilReason('calm', 'SecretSynced');

    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect(await generations('calm')).toEqual([1, 1, 1]);
    expect(contentOf(await scene.objects.get('secrets', 'calm'))).toBe(content);
    await scene.objects.delete('externalsecrets', 'calm');
  });

  it('are left alone when the Secret is deleted and comes back with the value that it had, before and after a rotation', async () => {
    await setUp('lost');
    for (const generation of [1, 2]) {
      if (generation === 2) {
        scene.rotate('lost');
        await untilAllMarked('lost');
      }
      const uid = (await scene.objects.get('secrets', 'lost'))?.metadata.uid;
      const content = await waitUntil('the status speaks of the content', async () => {
        const [object, secret] = [await scene.objects.get('externalsecrets', 'lost'), await scene.objects.get('secrets', 'lost')];
        return object?.status?.['content'] === contentOf(secret) && contentOf(secret);
      });
      await scene.objects.delete('secrets', 'lost');
      const again = await waitUntil('there is a new Secret', async () => {
        const secret = await scene.objects.get('secrets', 'lost');
        return secret !== undefined && secret.metadata.uid !== uid && secret;
      });
      expect(contentOf(again)).toBe(content);
      expect(await writesAtRest(scene, 1)).toEqual([]);
      expect(await generations('lost')).toEqual([generation, generation, generation]);
    }
    await scene.objects.delete('externalsecrets', 'lost');
  });
});

describe('a new start of the operator', () => {
  it('restarts nobody when all is in place', async () => {
    await setUp('start');
    scene.rotate('start');
    await untilAllMarked('start');
    await scene.operator.kill();
    const since = scene.proxy.log.next;
    await scene.startOperator();
    await writesDuringRefreshes(scene, 2);
    expect(scene.proxy.log.writes({ group: 'apps' }, since)).toEqual([]);
    expect(await generations('start')).toEqual([2, 2, 2]);
  });

  it('restarts once for a rotation that happened while none was running', async () => {
    await scene.operator.kill();
    const value = scene.rotate('start');
    await scene.startOperator();
    await scene.objects.untilValues('start', { password: value });
    await untilAllMarked('start');
    await writesDuringRefreshes(scene, 2);
    expect(await generations('start')).toEqual([3, 3, 3]);
    await scene.objects.delete('externalsecrets', 'start');
  });
});
