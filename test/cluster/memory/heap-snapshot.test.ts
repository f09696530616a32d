// With the cache off and after a collection, the memory of the running operator has no secret value.
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Canaries } from '../../support/operator/canaries.ts';
import { heapSnapshotEnvironment, takeHeapSnapshot } from '../../support/operator/heap-snapshot.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { createWorkload } from '../../support/operator/workloads.ts';
import { makeOwnedFolder } from '../../support/processes/owned-folder.ts';

jest.setTimeout(180_000);

let scene: Scene;
const folder = makeOwnedFolder('heap-snapshots');
/** What the operator keeps: it must be found, or nothing was looked at. */
const kept = new Canaries();
/** What others put on objects that the operator watches, where everybody may read it. */
const shown = new Canaries();

beforeAll(async () => {
  scene = await openScene('heap', { flags: ['--cache-ttl=0s'], env: heapSnapshotEnvironment(folder.path) });
  await scene.createStore();
}, 120_000);

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** What kubectl leaves on an object that is applied with it. */
function lastApplied(data: Readonly<Record<string, string>>): object {
  const text = JSON.stringify({ apiVersion: 'v1', data, kind: 'Secret' });
  return { 'kubectl.kubernetes.io/last-applied-configuration': text };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

it('holds no value of a Secret that it wrote, merges into, or was applied by hand, nor those on the way to it', async () => {
  const { objects, canaries } = scene;
  scene.createSecret('json', ['user', 'password']);
  scene.createSecret('plain');
  // A Secret of others that is merged into.
  const theirs = { theirs: base64(shown.plant('theirs')) };
  const metadata = { name: 'shared', annotations: lastApplied(theirs), labels: { 'keytender.dev/managed': 'true' } };
  await objects.create('secrets', { metadata, data: theirs });
  const containers = [{ name: 'app', image: 'app:1', env: [{ name: 'PASSWORD', value: shown.plant('env') }] }];
  await createWorkload(objects, 'Deployment', 'app', { template: { metadata: { labels: { app: 'app' } }, spec: { containers } } });
  await objects.externalSecret('merging', {
    refreshInterval: '1s',
    target: { name: 'shared', creationPolicy: 'Merge' },
    data: [{ secretKey: 'plain', remoteRef: { key: 'plain' } }],
  });
  await objects.externalSecret('owning', {
    refreshInterval: '1s',
    target: { template: { metadata: { annotations: { note: kept.plant() } } } },
    data: [{ secretKey: 'password', remoteRef: { key: 'json', property: 'password' } }],
    dataFrom: [{ extract: { key: 'json' } }],
    restart: { targets: [{ kind: 'Deployment', name: 'app' }] },
  });
  for (const name of ['merging', 'owning']) await objects.untilReason(name, 'SecretSynced');
  // Somebody applies the managed Secret by hand: its data goes into an annotation, and what was changed is repaired.
  const drifted = { password: base64(shown.plant('drifted')) };
  await objects.patch('secrets', 'owning', { metadata: { annotations: lastApplied(drifted) }, data: drifted });
  const json = JSON.parse(scene.rotate('json', ['user', 'password'])) as Readonly<Record<string, string>>;
  const plain = scene.rotate('plain');
  await objects.untilValues('shared', { plain, theirs: Buffer.from(theirs.theirs, 'base64').toString() });
  await objects.patch('externalsecrets', 'owning', { metadata: { annotations: { 'keytender.dev/force-sync': '1' } } });
  await objects.untilValues('owning', json);
  await objects.untilReason('owning', 'SecretSynced');
  const path = await takeHeapSnapshot(scene.operator, folder.path);
  expect(await kept.foundInFile(path)).not.toEqual([]);
  expect([await canaries.foundInFile(path), await shown.foundInFile(path)]).toEqual([[], []]);
});
