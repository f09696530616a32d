// creationPolicy Merge: own keys in a Secret of another creator.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { readyOf } from '../../support/operator/objects.ts';
import { untilGone } from '../../support/operator/waits.ts';

jest.setTimeout(60_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('merge');
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

async function existing(name: string, stringData: Readonly<Record<string, string>>): Promise<void> {
  await scene.objects.create('secrets', { metadata: { name }, type: 'example.com/app', stringData });
}

async function merge(name: string, into: string, keys: Readonly<Record<string, string>>): Promise<void> {
  const data = Object.entries(keys).map(([secretKey, key]) => ({ secretKey, remoteRef: { key } }));
  await scene.objects.externalSecret(name, { target: { name: into, creationPolicy: 'Merge' }, data });
}

describe('a merging ExternalSecret', () => {
  it('writes its own keys only, takes back those that it drops, and leaves the rest on deletion', async () => {
    await existing('app', { theirs: 'kept', both: 'replaced' });
    const first = scene.createSecret('merge/first');
    const second = scene.createSecret('merge/second');
    await merge('app-keys', 'app', { both: 'merge/first', extra: 'merge/second' });
    const synced = await scene.objects.untilReason('app-keys', 'SecretSynced');
    expect(synced.status?.['binding']).toEqual({ name: 'app' });
    expect(await scene.objects.values('app')).toEqual({ theirs: 'kept', both: first, extra: second });
    const secret = await scene.objects.get('secrets', 'app');
    expect(secret?.type).toBe('example.com/app');
    expect(secret?.metadata.ownerReferences).toBeUndefined();
    await scene.objects.patch('externalsecrets', 'app-keys', {
      spec: { data: [{ secretKey: 'both', remoteRef: { key: 'merge/first' } }] },
    });
    await scene.objects.untilValues('app', { theirs: 'kept', both: first });
    await scene.objects.delete('externalsecrets', 'app-keys');
    await untilGone(scene, 'externalsecrets', 'app-keys');
    expect(await scene.objects.values('app')).toEqual({ theirs: 'kept', both: first });
  });

  it('repairs its own keys and lets others change theirs', async () => {
    await existing('repaired', { theirs: 'before' });
    const value = scene.createSecret('merge/repaired');
    await merge('repaired-keys', 'repaired', { ours: 'merge/repaired' });
    await scene.objects.untilReason('repaired-keys', 'SecretSynced');
    await scene.objects.patch('secrets', 'repaired', { stringData: { ours: 'spoilt', theirs: 'after' } });
    await scene.objects.untilValues('repaired', { theirs: 'after', ours: value });
  });

  it('shares a Secret with another one, each with its own keys', async () => {
    await existing('two', { theirs: 'kept' });
    const left = scene.createSecret('merge/left');
    const right = scene.createSecret('merge/right');
    await Promise.all([merge('two-left', 'two', { left: 'merge/left' }), merge('two-right', 'two', { right: 'merge/right' })]);
    await Promise.all([scene.objects.untilReason('two-left', 'SecretSynced'), scene.objects.untilReason('two-right', 'SecretSynced')]);
    expect(await scene.objects.values('two')).toEqual({ theirs: 'kept', left, right });
  });

  it('is refused a key that another one writes, and gets it when that one is deleted', async () => {
    await existing('conflict', {});
    const first = scene.createSecret('merge/conflict-first');
    const second = scene.createSecret('merge/conflict-second');
    await merge('conflict-first', 'conflict', { key: 'merge/conflict-first' });
    await scene.objects.untilReason('conflict-first', 'SecretSynced');
    await merge('conflict-second', 'conflict', { key: 'merge/conflict-second' });
    const refused = await scene.objects.untilReason('conflict-second', 'MergeKeyConflict');
    expect(readyOf(refused)?.message).toContain('data[0] (key): ExternalSecret "conflict-first" writes the same key to Secret "conflict"');
    expect(await scene.objects.values('conflict')).toEqual({ key: first });
    await scene.objects.delete('externalsecrets', 'conflict-first');
    await scene.objects.untilReason('conflict-second', 'SecretSynced', 5_000);
    await scene.objects.untilValues('conflict', { key: second }, 5_000);
  });

  it('gets the key when the other one drops it or writes elsewhere', async () => {
    await existing('dropped', {});
    await existing('dropped-elsewhere', {});
    scene.createSecret('merge/dropped-first');
    const second = scene.createSecret('merge/dropped-second');
    await merge('dropped-first', 'dropped', { key: 'merge/dropped-first' });
    await scene.objects.untilReason('dropped-first', 'SecretSynced');
    await merge('dropped-second', 'dropped', { key: 'merge/dropped-second' });
    await scene.objects.untilReason('dropped-second', 'MergeKeyConflict');
    await scene.objects.patch('externalsecrets', 'dropped-first', { spec: { target: { name: 'dropped-elsewhere' } } });
    await scene.objects.untilReason('dropped-second', 'SecretSynced', 5_000);
    await scene.objects.untilValues('dropped', { key: second }, 5_000);
  });

  it('says that its target is missing, and wakes at once when it appears', async () => {
    const value = scene.createSecret('merge/missing');
    await merge('missing-keys', 'missing', { ours: 'merge/missing' });
    const refused = await scene.objects.untilReason('missing-keys', 'TargetMissing');
    expect(readyOf(refused)?.message).toContain('Secret "missing" does not exist');
    await existing('missing', { theirs: 'kept' });
    await scene.objects.untilReason('missing-keys', 'SecretSynced', 5_000);
    expect(await scene.objects.values('missing')).toEqual({ theirs: 'kept', ours: value });
    // And again, when it goes and comes back.
    await scene.objects.delete('secrets', 'missing');
    await scene.objects.untilReason('missing-keys', 'TargetMissing', 5_000);
    await existing('missing', {});
    await scene.objects.untilValues('missing', { ours: value }, 5_000);
  });

  it('is refused the Secret of an ExternalSecret that owns all of it', async () => {
    scene.createSecret('merge/whole');
    await scene.objects.externalSecret('whole', { data: [{ secretKey: 'value', remoteRef: { key: 'merge/whole' } }] });
    await scene.objects.untilReason('whole', 'SecretSynced');
    await merge('whole-keys', 'whole', { other: 'merge/whole' });
    await scene.objects.untilReason('whole-keys', 'TargetOwnedByOther');
    expect(Object.keys((await scene.objects.values('whole')) ?? {})).toEqual(['value']);
  });
});
