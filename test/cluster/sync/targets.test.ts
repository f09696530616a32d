// Target Secrets: names, owners, the creation policies, and Secrets of other owners.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { readyOf } from '../../support/operator/objects.ts';
import { untilGone, untilObject } from '../../support/operator/waits.ts';

jest.setTimeout(60_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('targets');
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

function oneKey(key: string): object {
  return { data: [{ secretKey: 'value', remoteRef: { key } }] };
}

describe('a target', () => {
  it('takes the name of the ExternalSecret, is owned by it, and goes with it', async () => {
    const value = scene.createSecret('targets/owner');
    const resource = await scene.objects.externalSecret('owner', oneKey('targets/owner'));
    const synced = await scene.objects.untilReason('owner', 'SecretSynced');
    expect(synced.status?.['binding']).toEqual({ name: 'owner' });
    const secret = await scene.objects.get('secrets', 'owner');
    expect(secret?.metadata.ownerReferences).toEqual([
      {
        apiVersion: 'keytender.dev/v1',
        kind: 'ExternalSecret',
        name: 'owner',
        uid: resource.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    expect(secret?.type).toBe('Opaque');
    expect(await scene.objects.values('owner')).toEqual({ value });
    await scene.objects.delete('externalsecrets', 'owner');
    await untilGone(scene, 'secrets', 'owner');
  });

  it('moves to a new name, and the old Secret goes only when the new one is there', async () => {
    const value = scene.createSecret('targets/rename');
    await scene.objects.externalSecret('rename', { ...oneKey('targets/rename'), target: { name: 'rename-before' } });
    await scene.objects.untilReason('rename', 'SecretSynced');
    using removal = scene.proxy.hold({ verb: 'delete', resource: 'secrets', name: 'rename-before' });
    await scene.objects.patch('externalsecrets', 'rename', { spec: { target: { name: 'rename-after' } } });
    await removal.arrived;
    expect(await scene.objects.values('rename-before')).toEqual({ value });
    expect(await scene.objects.values('rename-after')).toEqual({ value });
    removal.release();
    await untilGone(scene, 'secrets', 'rename-before');
    const renamed = await scene.objects.untilReason('rename', 'SecretSynced');
    expect(renamed.status?.['binding']).toEqual({ name: 'rename-after' });
  });

  it('is removed under its old name even if that fails at first', async () => {
    scene.createSecret('targets/leftover');
    await scene.objects.externalSecret('leftover', { ...oneKey('targets/leftover'), target: { name: 'leftover-before' } });
    await scene.objects.untilReason('leftover', 'SecretSynced');
    using refusal = scene.proxy.inject({
      verb: 'delete',
      resource: 'secrets',
      name: 'leftover-before',
      times: 1,
      fault: { kind: 'status', code: 500 },
    });
    await scene.objects.patch('externalsecrets', 'leftover', { spec: { target: { name: 'leftover-after' } } });
    await untilGone(scene, 'secrets', 'leftover-before');
    expect(refusal.hits).toBe(1);
  });

  it('of creationPolicy Orphan stays behind and is taken up again by an ExternalSecret of the same name', async () => {
    const value = scene.createSecret('targets/orphan');
    const spec = { ...oneKey('targets/orphan'), refreshInterval: '1s', target: { creationPolicy: 'Orphan' } };
    await scene.objects.externalSecret('orphan', spec);
    await scene.objects.untilReason('orphan', 'SecretSynced');
    const secret = await scene.objects.get('secrets', 'orphan');
    expect(secret?.metadata.ownerReferences).toBeUndefined();
    await scene.objects.delete('externalsecrets', 'orphan');
    await untilGone(scene, 'externalsecrets', 'orphan');
    const next = scene.rotate('targets/orphan');
    expect(next).not.toBe(value);
    await scene.objects.externalSecret('orphan', spec);
    await scene.objects.untilReason('orphan', 'SecretSynced');
    await scene.objects.untilValues('orphan', { value: next });
    const adopted = await scene.objects.get('secrets', 'orphan');
    expect(adopted?.metadata.uid).toBe(secret?.metadata.uid);
    const records = Object.keys(adopted?.metadata.annotations ?? {}).filter((name) => name.startsWith('record.keytender.dev/'));
    expect(records).toHaveLength(1);
  });

  it('of creationPolicy None is validated and not written', async () => {
    scene.createSecret('targets/none');
    await scene.objects.externalSecret('none', { ...oneKey('targets/none'), target: { creationPolicy: 'None' } });
    const validated = await scene.objects.untilReason('none', 'Validated');
    expect(readyOf(validated)).toMatchObject({
      status: 'True',
      message: '1 key from 1 secret version; creationPolicy None writes nothing',
    });
    expect(await scene.objects.get('secrets', 'none')).toBeUndefined();
    expect(validated.status?.['sources']).toHaveLength(1);
  });

  it('changes hands between Owner and Orphan without being made anew', async () => {
    scene.createSecret('targets/policy');
    const resource = await scene.objects.externalSecret('policy', oneKey('targets/policy'));
    const { metadata } = await untilObject(scene, 'secrets', 'policy');
    await scene.objects.patch('externalsecrets', 'policy', { spec: { target: { creationPolicy: 'Orphan' } } });
    await untilObject(scene, 'secrets', 'policy', (secret) => secret.metadata.ownerReferences === undefined);
    await scene.objects.patch('externalsecrets', 'policy', { spec: { target: { creationPolicy: 'Owner' } } });
    const owned = await untilObject(scene, 'secrets', 'policy', (secret) => secret.metadata.ownerReferences !== undefined);
    expect(owned.metadata.ownerReferences?.[0]?.uid).toBe(resource.metadata.uid);
    expect(owned.metadata.uid).toBe(metadata.uid);
  });
});

describe("a Secret that is somebody else's", () => {
  it('is left alone, and its removal wakes the ExternalSecret at once', async () => {
    const value = scene.createSecret('targets/stranger');
    const stranger = await scene.objects.create('secrets', { metadata: { name: 'stranger' }, stringData: { mine: 'untouched' } });
    await scene.objects.externalSecret('stranger', oneKey('targets/stranger'));
    const refused = await scene.objects.untilReason('stranger', 'TargetNotOwned');
    expect(readyOf(refused)?.message).toContain('Secret "stranger" exists already and was not created by Keytender');
    const after = await scene.objects.get('secrets', 'stranger');
    expect(after?.metadata.resourceVersion).toBe(stranger.metadata.resourceVersion);
    await scene.objects.delete('secrets', 'stranger');
    await scene.objects.untilReason('stranger', 'SecretSynced', 5_000);
    await scene.objects.untilValues('stranger', { value }, 5_000);
  });

  it('is left alone when it belongs to another ExternalSecret, until that one is deleted', async () => {
    const value = scene.createSecret('targets/shared');
    const spec = { ...oneKey('targets/shared'), target: { name: 'shared' } };
    const first = await scene.objects.externalSecret('shared-first', spec);
    await scene.objects.untilReason('shared-first', 'SecretSynced');
    await scene.objects.externalSecret('shared-second', spec);
    const refused = await scene.objects.untilReason('shared-second', 'TargetOwnedByOther');
    expect(readyOf(refused)?.message).toContain('Secret "shared" belongs to ExternalSecret "shared-first"');
    const owned = await scene.objects.get('secrets', 'shared');
    expect(owned?.metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([first.metadata.uid]);
    await scene.objects.delete('externalsecrets', 'shared-first');
    await scene.objects.untilReason('shared-second', 'SecretSynced');
    expect(await scene.objects.values('shared')).toEqual({ value });
  });

  it('belongs to one of two that ask for it at once, and the other says so', async () => {
    scene.createSecret('targets/raced');
    const names = ['raced-a', 'raced-b'];
    await Promise.all(names.map((name) => scene.objects.externalSecret(name, { ...oneKey('targets/raced'), target: { name: 'raced' } })));
    const settled = (name: string): ReturnType<typeof untilObject> =>
      untilObject(scene, 'externalsecrets', name, (object) => readyOf(object) !== undefined);
    const reasons = (await Promise.all(names.map(settled))).map((object) => readyOf(object)?.reason);
    expect(new Set(reasons)).toEqual(new Set(['SecretSynced', 'TargetOwnedByOther']));
  });

  it('can be taken over when an Orphan writer of it has moved to another name', async () => {
    scene.createSecret('targets/moved');
    await scene.objects.externalSecret('moved-first', { ...oneKey('targets/moved'), target: { name: 'moved', creationPolicy: 'Orphan' } });
    await scene.objects.untilReason('moved-first', 'SecretSynced');
    await scene.objects.externalSecret('moved-second', { ...oneKey('targets/moved'), target: { name: 'moved' } });
    await scene.objects.untilReason('moved-second', 'TargetOwnedByOther');
    await scene.objects.patch('externalsecrets', 'moved-first', { spec: { target: { name: 'moved-elsewhere' } } });
    // What the first left behind is a stranger's Secret now, and the second says so at once.
    await scene.objects.untilReason('moved-second', 'TargetNotOwned', 5_000);
    await scene.objects.delete('secrets', 'moved');
    await scene.objects.untilReason('moved-second', 'SecretSynced', 5_000);
  });
});
