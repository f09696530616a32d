// Several namespaces of one installation: the limit that they share, and a namespace that goes away.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { makeNamespace, type TestNamespace } from '../../support/control-plane/namespace.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { createConsumer, envFrom } from '../../support/operator/consumers.ts';
import { Objects } from '../../support/operator/objects.ts';
import { createRestarting, untilShown } from '../../support/operator/restarts.ts';
import { openScene, type Scene, staticAuth } from '../../support/operator/scene.ts';
import { untilMarked } from '../../support/operator/workloads.ts';
import { type PodReadier, startPodReadier } from '../../support/pod-readier/start.ts';

jest.setTimeout(120_000);

let scene: Scene;
let other: TestNamespace;
let theirs: Objects;
const readiers: PodReadier[] = [];

beforeAll(async () => {
  scene = await openScene('places', { start: false });
  other = await makeNamespace(scene.controlPlane, 'places-other');
  theirs = new Objects(scene.controlPlane.api, other.name);
  await scene.createStore();
  const key = scene.aws.addAccessKey({ account: scene.aws.defaultAccount });
  await theirs.create('secrets', { metadata: { name: 'keys' }, stringData: { id: key.accessKeyId, secret: key.secretAccessKey } });
  const aws = { service: 'SecretsManager', region: scene.aws.defaultRegion, auth: staticAuth('keys') };
  await theirs.create('secretstores', { metadata: { name: 'aws' }, spec: { provider: { aws } } });
  for (const namespace of [scene.namespace, other.name]) readiers.push(await startPodReadier(scene.controlPlane, namespace));
  await scene.startOperator([`--namespaces=${scene.namespace},${other.name}`, '--restart-max-concurrent=1']);
}, 120_000);

afterAll(async () => {
  for (const readier of readiers) await readier[Symbol.asyncDispose]();
  await other?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

async function setUp(objects: Objects, name: string): Promise<void> {
  scene.createSecret(name);
  await createConsumer(objects, name, { container: envFrom(name) });
  await waitUntil('it is available', async () => (await objects.get('deployments', name))?.status?.['availableReplicas'] === 1);
  await createRestarting({ objects }, name, [], { restart: { mode: 'Discover', settle: '0' } });
  await untilShown({ objects }, name, name, { state: 'Current' });
}

describe('a namespace that is deleted while its workload rolls', () => {
  it('gives the only place of the installation to another one', async () => {
    await setUp(theirs, 'leaving');
    await setUp(scene.objects, 'staying');
    readiers[1]?.set({ labels: { app: 'leaving' }, onlyNew: true }, { state: 'untouched' });
    scene.rotate('leaving');
    await untilShown({ objects: theirs }, 'leaving', 'leaving', { phase: 'Rolling' });
    scene.rotate('staying');
    const waiting = await untilShown(scene, 'staying', 'staying', { phase: 'Pending', reason: 'AwaitingSlot' });
    expect(waiting.message).not.toContain(other.name);
    await scene.controlPlane.api.send({ method: 'DELETE', path: `/api/v1/namespaces/${other.name}` });
    await untilMarked(scene.objects, 'Deployment', 'staying', 'staying');
    await untilShown(scene, 'staying', 'staying', { phase: 'Healthy' });
  });
});
