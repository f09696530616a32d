// Type, labels, annotations and immutability of the target.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { readyOf } from '../../support/operator/objects.ts';
import { forceSync, untilObject } from '../../support/operator/waits.ts';

jest.setTimeout(60_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('template');
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

async function externalSecret(name: string, target: object): Promise<void> {
  await scene.objects.externalSecret(name, { target, data: [{ secretKey: 'value', remoteRef: { key: `template/${name}` } }] });
}

describe('a target with a template', () => {
  it('has its labels and annotations, loses those that are dropped, and keeps those of others', async () => {
    scene.createSecret('template/metadata');
    await externalSecret('metadata', {
      template: { metadata: { labels: { app: 'a', tier: 'b' }, annotations: { note: 'c', other: 'd' } } },
    });
    await scene.objects.untilReason('metadata', 'SecretSynced');
    const made = await scene.objects.get('secrets', 'metadata');
    expect(made?.metadata.labels).toEqual({ app: 'a', tier: 'b', 'keytender.dev/managed': 'true' });
    expect(made?.metadata.annotations).toMatchObject({ note: 'c', other: 'd' });
    await scene.objects.patch('secrets', 'metadata', { metadata: { labels: { theirs: 'kept' }, annotations: { theirs: 'kept' } } });
    await scene.objects.patch('externalsecrets', 'metadata', {
      spec: { target: { template: { metadata: { labels: { tier: null, app: 'changed' }, annotations: { note: null } } } } },
    });
    const changed = await untilObject(scene, 'secrets', 'metadata', ({ metadata }) => metadata.labels?.['app'] === 'changed');
    expect(changed.metadata.labels).toEqual({ app: 'changed', theirs: 'kept', 'keytender.dev/managed': 'true' });
    expect(changed.metadata.annotations).toMatchObject({ other: 'd', theirs: 'kept' });
    expect(changed.metadata.annotations).not.toHaveProperty('note');
  });

  it('gets back labels, annotations and the owner that somebody has taken off', async () => {
    scene.createSecret('template/stripped');
    await externalSecret('stripped', { template: { metadata: { labels: { app: 'a' } } } });
    const made = await untilObject(scene, 'secrets', 'stripped');
    await scene.objects.patch('secrets', 'stripped', {
      metadata: { labels: { app: null, 'keytender.dev/managed': null }, ownerReferences: null },
    });
    const repaired = await untilObject(scene, 'secrets', 'stripped', ({ metadata }) => metadata.labels?.['app'] === 'a');
    expect(repaired.metadata.labels).toEqual(made.metadata.labels);
    expect(repaired.metadata.ownerReferences).toEqual(made.metadata.ownerReferences);
  });

  it('of another type keeps its Secret and says so, until recreate is set', async () => {
    const value = scene.createSecret('template/type');
    await externalSecret('type', { template: { type: 'example.com/one' } });
    await scene.objects.untilReason('type', 'SecretSynced');
    const made = await scene.objects.get('secrets', 'type');
    expect(made?.type).toBe('example.com/one');
    await scene.objects.patch('externalsecrets', 'type', { spec: { target: { template: { type: 'example.com/two' } } } });
    const refused = await scene.objects.untilReason('type', 'TargetTypeChanged');
    expect(readyOf(refused)?.message).toContain('is of type example.com/one, wanted is example.com/two');
    expect((await scene.objects.get('secrets', 'type'))?.metadata.resourceVersion).toBe(made?.metadata.resourceVersion);
    await scene.objects.patch('externalsecrets', 'type', { spec: { target: { recreate: true } } });
    await scene.objects.untilReason('type', 'SecretSynced');
    const recreated = await scene.objects.get('secrets', 'type');
    expect(recreated?.type).toBe('example.com/two');
    expect(recreated?.metadata.uid).not.toBe(made?.metadata.uid);
    expect(await scene.objects.values('type')).toEqual({ value });
  });

  it('that is immutable keeps its values and says so, until recreate is set', async () => {
    const value = scene.createSecret('template/immutable');
    await externalSecret('immutable', { immutable: true });
    await scene.objects.untilReason('immutable', 'SecretSynced');
    expect((await scene.objects.get('secrets', 'immutable'))?.immutable).toBe(true);
    const next = scene.rotate('template/immutable');
    await forceSync(scene, 'immutable', 'rotated');
    const refused = await untilObject(scene, 'externalsecrets', 'immutable', (object) => readyOf(object)?.reason === 'TargetImmutable');
    expect(readyOf(refused)?.message).toContain('set target.recreate, or delete the Secret');
    expect(await scene.objects.values('immutable')).toEqual({ value });
    await scene.objects.patch('externalsecrets', 'immutable', { spec: { target: { recreate: true } } });
    await scene.objects.untilReason('immutable', 'SecretSynced');
    expect(await scene.objects.values('immutable')).toEqual({ value: next });
  });

  it('that is immutable is written anew when somebody deletes it after a change', async () => {
    scene.createSecret('template/deleted');
    await externalSecret('deleted', { immutable: true });
    await scene.objects.untilReason('deleted', 'SecretSynced');
    const next = scene.rotate('template/deleted');
    await forceSync(scene, 'deleted', 'rotated');
    await untilObject(scene, 'externalsecrets', 'deleted', (object) => readyOf(object)?.reason === 'TargetImmutable');
    await scene.objects.delete('secrets', 'deleted');
    await scene.objects.untilValues('deleted', { value: next }, 5_000);
    await untilObject(scene, 'externalsecrets', 'deleted', (object) => readyOf(object)?.reason === 'SecretSynced', 5_000);
  });

  it('of a type that needs keys says which one is missing', async () => {
    scene.createSecret('template/tls');
    await externalSecret('tls', { template: { type: 'kubernetes.io/tls' } });
    const refused = await scene.objects.untilReason('tls', 'InvalidSpec');
    expect(readyOf(refused)?.message).toContain('a Secret of type kubernetes.io/tls needs the key "tls.crt"');
    expect(await scene.objects.get('secrets', 'tls')).toBeUndefined();
  });
});
