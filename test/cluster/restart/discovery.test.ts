// Which workloads are found, and which changes concern them.
import { describe, expect, it, jest } from '@jest/globals';
import { createConsumer, envFrom, envOf } from '../../support/operator/consumers.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import { createRestarting, shownRestarts, untilShown } from '../../support/operator/restarts.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { useSceneWithPods } from '../../support/operator/scene-with-pods.ts';
import { createWorkload, untilMarked, untilRolledOut } from '../../support/operator/workloads.ts';

jest.setTimeout(90_000);

let scene: Scene;

useSceneWithPods('discovery', (opened) => ({ scene } = opened));

const DISCOVER = { restart: { mode: 'Discover', settle: '0' } };

const generationOf = async (name: string): Promise<number | undefined> =>
  (await scene.objects.get('deployments', name))?.metadata.generation;

const generationsOf = async (names: readonly string[]): Promise<readonly unknown[]> => Promise.all(names.map(generationOf));

/** An ExternalSecret whose keys come from one AWS secret each. */
async function createKeys(name: string, keys: readonly string[], restart: object | undefined): Promise<void> {
  for (const key of keys) scene.createSecret(`${name}/${key}`);
  const data = keys.map((secretKey) => ({ secretKey, remoteRef: { key: `${name}/${secretKey}` } }));
  await scene.objects.externalSecret(name, { refreshInterval: '1s', data, ...(restart === undefined ? {} : { restart }) });
  await scene.objects.untilReason(name, 'SecretSynced');
}

const secretVolume = (secret: string): object => ({ volumes: [{ name: 'files', secret: { secretName: secret } }] });
const mount = (more: object = {}): object => ({ volumeMounts: [{ name: 'files', mountPath: '/files', ...more }] });

/** By the name of the Deployment. */
const ROLLED = {
  'by-env': { container: envOf('found', 'password') },
  'by-env-from': { container: envFrom('found') },
  'by-volume': { container: mount(), pod: secretVolume('found') },
  'by-projection': {
    container: mount(),
    pod: { volumes: [{ name: 'files', projected: { sources: [{ secret: { name: 'found' } }] } }] },
  },
  'by-init': { pod: { initContainers: [{ name: 'init', image: 'init:1', ...envOf('found', 'password') }] } },
  'by-sub-path': { container: mount({ subPath: 'password' }), pod: secretVolume('found') },
  'by-sidecar': { pod: { initContainers: [{ name: 'side', image: 'side:1', restartPolicy: 'Always', ...envFrom('found') }] } },
} as const;

const LEFT = {
  'by-pull': { parts: { pod: { imagePullSecrets: [{ name: 'found' }] } }, reason: 'ImagePullOnly' },
  'by-live': {
    parts: { container: mount(), pod: secretVolume('found'), annotations: { 'workload.keytender.dev/live-reload': 'found' } },
    reason: 'LiveReload',
  },
  'opted-out': {
    parts: { container: envFrom('found'), annotations: { 'workload.keytender.dev/restart': 'false' } },
    reason: 'RestartOptedOut',
  },
} as const;

describe('mode Discover', () => {
  it('rolls each workload that reads the Secret at its start, and says of the others why they are left alone', async () => {
    scene.createSecret('found');
    for (const [name, parts] of Object.entries(ROLLED)) await createConsumer(scene.objects, name, parts);
    for (const [name, { parts }] of Object.entries(LEFT)) await createConsumer(scene.objects, name, parts);
    await createConsumer(scene.objects, 'unrelated', { container: envFrom('another') });
    await createRestarting(scene, 'found', [], DISCOVER);
    await scene.objects.untilReason('found', 'SecretSynced');
    for (const name of [...Object.keys(ROLLED), ...Object.keys(LEFT)]) await untilShown(scene, 'found', name, { state: 'Current' });
    scene.rotate('found');
    for (const name of Object.keys(ROLLED)) await untilMarked(scene.objects, 'Deployment', name, 'found');
    for (const name of Object.keys(ROLLED)) await untilShown(scene, 'found', name, { phase: 'Healthy' });
    for (const [name, { reason }] of Object.entries(LEFT)) await untilShown(scene, 'found', name, { phase: 'Current', reason });
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect(await generationsOf(Object.keys(ROLLED))).toEqual(Object.keys(ROLLED).map(() => 2));
    expect(await generationsOf([...Object.keys(LEFT), 'unrelated'])).toEqual([1, 1, 1, 1]);
    const shown = shownRestarts(await scene.objects.get('externalsecrets', 'found')).map(({ name }) => name);
    expect(shown).not.toContain('unrelated');
    await scene.objects.delete('externalsecrets', 'found');
  });

  it('rolls a workload only for keys that it reads', async () => {
    await createConsumer(scene.objects, 'reads-user', { container: envOf('keys', 'user') });
    await createConsumer(scene.objects, 'reads-password', { container: envOf('keys', 'password') });
    await createConsumer(scene.objects, 'reads-all', { container: envFrom('keys') });
    await createKeys('keys', ['user', 'password'], DISCOVER.restart);
    const names = ['reads-user', 'reads-password', 'reads-all'];
    for (const name of names) await untilShown(scene, 'keys', name, { state: 'Current' });
    scene.rotate('keys/user');
    for (const name of ['reads-user', 'reads-all']) await untilShown(scene, 'keys', name, { phase: 'Healthy' });
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect(await generationsOf(names)).toEqual([2, 1, 2]);
    scene.rotate('keys/password');
    await untilMarked(scene.objects, 'Deployment', 'reads-password', 'keys');
    await untilMarked(scene.objects, 'Deployment', 'reads-all', 'keys');
    for (const name of names) await untilRolledOut(scene.objects, 'Deployment', name);
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect(await generationsOf(names)).toEqual([2, 2, 3]);
    await scene.objects.delete('externalsecrets', 'keys');
  });

  it('rolls for the keys of spec.restart.keys only, and a change of that list rolls nobody', async () => {
    await createConsumer(scene.objects, 'some-keys', { container: envFrom('some') });
    await createKeys('some', ['user', 'password'], { ...DISCOVER.restart, keys: ['password'] });
    await untilShown(scene, 'some', 'some-keys', { state: 'Current' });
    const user = scene.rotate('some/user');
    const { password = '' } = (await scene.objects.values('some')) ?? {};
    await scene.objects.untilValues('some', { user, password });
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect(await generationOf('some-keys')).toBe(1);
    scene.rotate('some/password');
    await untilMarked(scene.objects, 'Deployment', 'some-keys', 'some');
    await untilShown(scene, 'some', 'some-keys', { phase: 'Healthy' });
    const content = (await untilShown(scene, 'some', 'some-keys', { phase: 'Healthy' })).content;
    await scene.objects.patch('externalsecrets', 'some', { spec: { restart: { keys: ['user', 'password'] } } });
    await scene.objects.untilReason('some', 'SecretSynced');
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect([await generationOf('some-keys'), content]).toEqual([2, expect.any(String)]);
    await scene.objects.delete('externalsecrets', 'some');
  });
});

describe('annotations of workloads', () => {
  it('restart: "true" rolls a workload for a managed Secret whose ExternalSecret restarts nobody', async () => {
    scene.createSecret('asked');
    await createConsumer(scene.objects, 'asks', { container: envFrom('asked'), annotations: { 'workload.keytender.dev/restart': 'true' } });
    await createConsumer(scene.objects, 'asks-not', { container: envFrom('asked') });
    await createRestarting(scene, 'asked', [], { restart: { mode: 'None' } });
    await scene.objects.untilReason('asked', 'SecretSynced');
    scene.rotate('asked');
    await untilMarked(scene.objects, 'Deployment', 'asks', 'asked');
    await untilRolledOut(scene.objects, 'Deployment', 'asks');
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect(await generationsOf(['asks', 'asks-not'])).toEqual([2, 1]);
    await scene.objects.delete('externalsecrets', 'asked');
  });
});

describe('targets by labels', () => {
  it('are rolled, also one that comes later, and one that loses the label is not', async () => {
    scene.createSecret('labelled');
    const labels = { tier: 'web' };
    for (const name of ['web-a', 'web-b']) await createConsumer(scene.objects, name, { labels });
    await createWorkload(scene.objects, 'Deployment', 'no-web');
    await createRestarting(scene, 'labelled', [], {
      restart: { targets: [{ kind: 'Deployment', selector: { matchLabels: labels } }], settle: '0' },
    });
    for (const name of ['web-a', 'web-b']) await untilShown(scene, 'labelled', name, { state: 'Current' });
    await scene.objects.patch('deployments', 'web-b', { metadata: { labels: { tier: 'db' } } });
    await createConsumer(scene.objects, 'web-c', { labels });
    await untilShown(scene, 'labelled', 'web-c', { state: 'Current' });
    scene.rotate('labelled');
    for (const name of ['web-a', 'web-c']) await untilMarked(scene.objects, 'Deployment', name, 'labelled');
    for (const name of ['web-a', 'web-c']) await untilShown(scene, 'labelled', name, { phase: 'Healthy' });
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect(await generationsOf(['web-a', 'web-b', 'web-c', 'no-web'])).toEqual([2, 1, 2, 1]);
    await scene.objects.delete('externalsecrets', 'labelled');
  });
});
