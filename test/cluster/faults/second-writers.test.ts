// Other writers of the same Secret: a second ExternalSecret that merges, a client that changes it after each write, a webhook that changes
// each write.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { startMutatingWebhook } from '../../support/mutating-webhook.ts';
import { followObjects } from '../../support/operator/history.ts';
import { readyOf } from '../../support/operator/objects.ts';
import { writesAtRest, writesDuringRefreshes } from '../../support/operator/refreshes.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import type { AnyObject } from '../../support/operator/objects.ts';
import { contentOf, createWorkload, markerTextsOf } from '../../support/operator/workloads.ts';

jest.setTimeout(90_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('second-writers');
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

async function merge(name: string, target: string): Promise<void> {
  scene.createSecret(name);
  await scene.objects.externalSecret(name, {
    refreshInterval: '1s',
    target: { name: target, creationPolicy: 'Merge' },
    data: [{ secretKey: name, remoteRef: { key: name } }],
    restart: { targets: [{ kind: 'Deployment', name }] },
  });
}

describe('two ExternalSecrets that merge into one Secret', () => {
  it('take turns, lose races against somebody else, and each key gets there; what they restart has read the keys of both', async () => {
    await scene.objects.create('secrets', { metadata: { name: 'shared' }, stringData: { theirs: 'stays' } });
    for (const name of ['merge-a', 'merge-b']) await createWorkload(scene.objects, 'Deployment', name);
    for (const name of ['merge-a', 'merge-b']) await merge(name, 'shared');
    for (const name of ['merge-a', 'merge-b']) await scene.objects.untilReason(name, 'SecretSynced');

    for (let round = 0; round < 3; round += 1) {
      // One of them has planned its write when somebody else changes the Secret.
      const hold = scene.proxy.hold({ verb: 'patch', resource: 'secrets', name: 'shared', times: 1 });
      const values = { 'merge-a': scene.rotate('merge-a'), 'merge-b': scene.rotate('merge-b') };
      await waitUntil('one is about to write', () => hold.hits === 1);
      const since = scene.proxy.log.next;
      const theirs = `stays ${round}`;
      await scene.objects.patch('secrets', 'shared', { stringData: { theirs } });
      hold.release();
      await scene.objects.untilValues('shared', { theirs, ...values });
      const statuses = scene.proxy.log.select({ verb: 'patch', resource: 'secrets', name: 'shared' }, since).map(({ status }) => status);
      expect(statuses).toContain(409);
    }
    for (const name of ['merge-a', 'merge-b']) {
      await waitUntil('the status speaks of the content', async () => {
        const object = await scene.objects.untilReason(name, 'SecretSynced');
        return object.status?.['content'] === contentOf(await scene.objects.get('secrets', 'shared'), object.metadata.uid);
      });
    }
    const isMarked = async (): Promise<boolean> => {
      const marker = lastWriteOf(await scene.objects.get('secrets', 'shared'));
      const deployments = await Promise.all(['merge-a', 'merge-b'].map(async (name) => scene.objects.get('deployments', name)));
      return deployments.every((deployment) => JSON.stringify(markerTextsOf(deployment)) === JSON.stringify({ shared: marker }));
    };
    await waitUntil('both are rolled for the last change', isMarked, { timeoutMs: 60_000 });
    expect(await writesAtRest(scene, 2)).toEqual([]);
    // One for each round at most: what changes within spec.restart.settle is one restart.
    for (const name of ['merge-a', 'merge-b'])
      expect([2, 3, 4]).toContain((await scene.objects.get('deployments', name))?.metadata.generation);
    for (const name of ['merge-a', 'merge-b']) await scene.objects.delete('externalsecrets', name);
  });
});

/** The marker for the content that the last of several writers has made: all of them use one counter. */
function lastWriteOf(secret: AnyObject | undefined): string {
  const records = Object.entries(secret?.metadata.annotations ?? {}).filter(([name]) => name.startsWith('record.keytender.dev/'));
  const writes = records.map(([, text]) => JSON.parse(text) as { readonly sequence: number; readonly content: string });
  const last = writes.toSorted((one, other) => other.sequence - one.sequence)[0];
  return `${last?.sequence}.${last?.content}`;
}

describe('somebody who changes the Secret after each write', () => {
  it('is told as DriftFight and not fought at full speed; when it stops, the Secret is right again', async () => {
    const value = scene.createSecret('fight');
    await createWorkload(scene.objects, 'Deployment', 'fight');
    await scene.objects.externalSecret('fight', {
      refreshInterval: '1s',
      data: [{ secretKey: 'password', remoteRef: { key: 'fight' } }],
      restart: { targets: [{ kind: 'Deployment', name: 'fight' }] },
    });
    await scene.objects.untilReason('fight', 'SecretSynced');
    const stop = new AbortController();
    const since = scene.proxy.log.next;
    const opponent = changeAfterEachWrite('fight', value, stop.signal);
    await scene.objects.untilReason('fight', 'DriftFight');
    await writesDuringRefreshes(scene, 3);
    const writes = scene.proxy.log.writes({ resource: 'secrets', name: 'fight' }, since).filter(({ status }) => status === 200);
    expect(writes.length).toBeLessThanOrEqual(7);
    stop.abort();
    await opponent;
    await scene.objects.untilReason('fight', 'SecretSynced');
    expect(await scene.objects.values('fight')).toEqual({ password: value });
    expect((await scene.objects.get('deployments', 'fight'))?.metadata.generation).toBe(1);
    await scene.objects.delete('externalsecrets', 'fight');
  });
});

async function changeAfterEachWrite(name: string, value: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const repaired = await waitUntil(
      'repaired or over',
      async () => signal.aborted || (await scene.objects.values(name))?.['password'] === value,
    );
    if (repaired && !signal.aborted) {
      await scene.objects.patch('secrets', name, { data: { password: Buffer.from('changed by somebody').toString('base64') } });
    }
  }
}

describe('a webhook that changes the data of each write', () => {
  it.each([
    ['in the same way', () => 'constant'],
    ['in another way each time', () => String(Math.random())],
  ])('%s is told as MutatedByAdmission, without a storm of writes, and forgotten when it is gone', async (name, injected) => {
    const id = name.includes('same') ? 'same' : 'other';
    const value = scene.createSecret(id);
    await using secrets = await followObjects(scene, 'secrets');
    await using webhook = await startMutatingWebhook(scene.controlPlane, scene.namespace, ({ metadata }) =>
      metadata.name === id ? [{ op: 'add', path: '/data/injected', value: Buffer.from(injected()).toString('base64') }] : [],
    );
    const since = scene.proxy.log.next;
    await scene.objects.externalSecret(id, { refreshInterval: '1s', data: [{ secretKey: 'password', remoteRef: { key: id } }] });
    const object = await scene.objects.untilReason(id, 'MutatedByAdmission');
    expect(readyOf(object)?.status).toBe('False');
    await writesDuringRefreshes(scene, 4);
    const writes = scene.proxy.log.writes({ resource: 'secrets' }, since);
    expect(writes.length).toBeLessThanOrEqual(10);
    await secrets.untilCurrent(id);
    expect(secrets.of(id).length).toBeLessThanOrEqual(10);
    await webhook.stop();
    await scene.objects.untilReason(id, 'SecretSynced', 60_000);
    expect(await scene.objects.values(id)).toEqual({ password: value });
    await scene.objects.delete('externalsecrets', id);
  });
});
