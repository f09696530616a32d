// Secrets with the label of the operator beyond the memory share of their namespace: each exists, and nothing is decided about it until there is room.
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { many } from '../../support/hostile/many.ts';
import { type Objects, readyOf } from '../../support/operator/objects.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { openSceneWithNeighbour, type SceneWithNeighbour } from '../../support/operator/scene-with-neighbour.ts';
import { contentOf } from '../../support/operator/workloads.ts';

jest.setTimeout(240_000);

/** A namespace has room for about 90 of them. */
const FORGED = 160;
const TOLD = `forged-${FORGED - 1}`;
const NOT_KEPT = 'keytender_objects_not_kept{kind="Secret"}';

let opened: SceneWithNeighbour;
let scene: Scene;
let neighbour: Objects;

beforeAll(async () => {
  opened = await openSceneWithNeighbour('memory-share-secrets');
  ({ scene, neighbour } = opened);
}, 120_000);

afterAll(async () => {
  await opened?.[Symbol.asyncDispose]();
});

const small = { refreshInterval: '1s', data: [{ secretKey: 'a', remoteRef: { key: 'own' } }] };

/** A record in the form of the operator, of 200 kB: of an ExternalSecret that exists, and later than each of its generations. */
/** `generation`: of the ExternalSecret. With a later one, the Secret is not deleted as one of a former name. */
function recordOf(uid: string, content: string, generation = 1_000_000): Readonly<Record<string, string>> {
  const sources = Array.from({ length: 100 }, (_, index) => ({ key: `${index}`.padStart(2_000, 'k'), versionId: 'v' }));
  const record = { writer: 'early', generation, inputs: 'i', content, sources };
  return { [`record.keytender.dev/${uid}`]: JSON.stringify(record) };
}

async function plant(uid: string, content: string): Promise<void> {
  const owner = { apiVersion: 'keytender.dev/v1', kind: 'ExternalSecret', name: 'early', uid, controller: true };
  const [labels, annotations] = [{ 'keytender.dev/managed': 'true' }, recordOf(uid, content)];
  await many(FORGED, (index) =>
    scene.objects.create('secrets', { metadata: { name: `forged-${index}`, labels, annotations, ownerReferences: [owner] } }),
  );
}

async function untilNotKept(isWanted: (count: number) => boolean): Promise<void> {
  await waitUntil('as many Secrets are not kept as wanted', async () => isWanted(await scene.operator.metric(NOT_KEPT)), {
    timeoutMs: 60_000,
  });
}

it('decides nothing about a Secret that is not kept, says so on its ExternalSecret, and goes on when there is room', async () => {
  const value = scene.createSecret('own');
  await scene.objects.externalSecret('early', small);
  await scene.objects.untilReason('early', 'SecretSynced');
  const uid = (await scene.objects.get('externalsecrets', 'early'))?.metadata.uid ?? '';
  const content = contentOf(await scene.objects.get('secrets', 'early')) ?? '';
  await plant(uid, content);
  await untilNotKept((count) => count > 10);

  // Its target exists, and is known by name only.
  await scene.objects.externalSecret('told', { ...small, target: { name: TOLD } });
  await scene.objects.untilReason('told', 'MemoryShareExceeded');
  const message = readyOf(await scene.objects.get('externalsecrets', 'told'))?.message ?? '';
  expect(message).toMatch(
    new RegExp(
      `^Secret "${TOLD}" takes 4\\d\\d KiB of memory, more than is left by the Secrets of this namespace with the label keytender.dev/managed; delete or shorten`,
    ),
  );

  // Another client makes the target of a synced one too large.
  const since = scene.proxy.log.next;
  await scene.objects.patch('secrets', 'early', { metadata: { annotations: recordOf(uid, content, 1) }, data: { a: 'ZWRpdGVk' } });
  await scene.objects.untilReason('early', 'MemoryShareExceeded');

  await neighbour.externalSecret('late', small);
  await neighbour.untilReason('late', 'SecretSynced');
  expect(await neighbour.values('late')).toEqual({ a: value });
  // Neither was written, and one status once.
  const written = [
    ...scene.proxy.log.writes({ resource: 'secrets' }, since),
    ...scene.proxy.log.writes({ resource: 'externalsecrets' }, since),
  ];
  const ours = written.filter(({ name = '' }) => ['early', 'told', TOLD].includes(name));
  expect(ours.map(({ name, subresource }) => `${name} ${subresource}`)).toEqual(['early status']);
  expect(await scene.objects.values('early')).toEqual({ a: 'edited' });

  await many(100, (index) => scene.objects.delete('secrets', `forged-${index}`));
  await scene.objects.untilReason('told', 'TargetOwnedByOther', 60_000);
  await scene.objects.untilReason('early', 'SecretSynced', 60_000);
  expect(await scene.objects.values('early')).toEqual({ a: value });
  await untilNotKept((count) => count === 0);
});

it('knows after a start what it has said, and restarts and writes nothing for it', async () => {
  await many(60, async (index) => {
    const forged = await scene.objects.get('secrets', TOLD);
    const { labels, annotations, ownerReferences } = forged?.metadata ?? {};
    await scene.objects.create('secrets', { metadata: { name: `again-${index}`, labels, annotations, ownerReferences } });
  });
  await untilNotKept((count) => count > 10);
  await scene.operator.stop();
  await opened.startOperator();
  await untilNotKept((count) => count > 10);
  await scene.objects.untilReason('told', 'MemoryShareExceeded', 60_000);
  await scene.operator.stop();
  const since = scene.proxy.log.next;
  await opened.startOperator();
  await neighbour.externalSecret('afterwards', small);
  await neighbour.untilReason('afterwards', 'SecretSynced');
  await untilNotKept((count) => count > 10);
  const again = scene.proxy.log.writes({ resource: 'externalsecrets', subresource: 'status' }, since).map(({ name }) => name);
  expect(again).toEqual(['afterwards']);
});
