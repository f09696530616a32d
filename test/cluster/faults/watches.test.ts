// Watches that end, break, expire or send few events: no change is lost, and there is no unnecessary list.
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { untilMarked, createWorkload } from '../../support/operator/workloads.ts';

jest.setTimeout(90_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('watches', { start: false });
  await scene.createStore();
}, 120_000);

// A new process begins without the delays that grow with failures and that earlier tests have caused.
beforeEach(async () => {
  await scene.operators.at(-1)?.kill();
  for (const { metadata } of await scene.objects.list('externalsecrets')) await scene.objects.delete('externalsecrets', metadata.name);
  await scene.startOperator();
  await untilWatching();
});

afterAll(() => scene?.[Symbol.asyncDispose]());

const RESOURCES = ['externalsecrets', 'secretstores', 'secrets', 'deployments', 'statefulsets', 'daemonsets'] as const;

const untilWatching = async (): Promise<unknown> =>
  waitUntil('all watches are open', () => RESOURCES.every((resource) => scene.proxy.watches({ resource }).length > 0));

/** Whatever happened to the watches: what people and AWS do from now on is followed. */
async function expectFollowed(name: string): Promise<void> {
  const value = scene.createSecret(name);
  await createWorkload(scene.objects, 'Deployment', name);
  await scene.objects.externalSecret(name, {
    refreshInterval: '1s',
    data: [{ secretKey: 'password', remoteRef: { key: name } }],
    restart: { targets: [{ kind: 'Deployment', name }] },
  });
  await scene.objects.untilReason(name, 'SecretSynced', 60_000);
  await scene.objects.patch('secrets', name, { data: { password: null } });
  await scene.objects.untilValues(name, { password: value }, 60_000);
  await scene.objects.patch('externalsecrets', name, {
    spec: { data: [{ secretKey: 'renamed', remoteRef: { key: name } }] },
  });
  await scene.objects.untilValues(name, { renamed: value }, 60_000);
  await untilMarked(scene.objects, 'Deployment', name, name, 60_000);
}

describe('watches', () => {
  it('that end after a while go on where they were, without a list', async () => {
    await expectFollowed('before-end');
    // A watch that ends right after its start counts as broken.
    const since = scene.proxy.log.next;
    expect(scene.proxy.closeWatches({}, 'end')).toBeGreaterThanOrEqual(RESOURCES.length);
    await expectFollowed('ended');
    await untilWatching();
    expect(scene.proxy.log.select({ verb: 'list' }, since).filter(({ resource }) => resource !== 'pods')).toEqual([]);
  });

  it('whose connections are reset go on where they were, without a list', async () => {
    // The credentials of the store are listed after the start, when they are first needed.
    await expectFollowed('before-reset');
    const since = scene.proxy.log.next;
    expect(scene.proxy.closeWatches({}, 'reset')).toBeGreaterThanOrEqual(RESOURCES.length);
    await expectFollowed('reset');
    await untilWatching();
    expect(scene.proxy.log.select({ verb: 'list' }, since).filter(({ resource }) => resource !== 'pods')).toEqual([]);
  });

  it.each([410, 500])('that are told %i in the stream list again, and what happened meanwhile is seen', async (code) => {
    const name = `told-${code}`;
    const value = scene.createSecret(name);
    await scene.objects.externalSecret(name, { data: [{ secretKey: 'password', remoteRef: { key: name } }] });
    await scene.objects.untilReason(name, 'SecretSynced');
    // What is changed while no watch can be opened must come out of the list.
    const shut = scene.proxy.inject({ verb: 'list', resource: 'secrets', fault: { kind: 'status', code: 503 } });
    for (const watch of scene.proxy.watches()) watch.fail(code);
    await scene.objects.delete('secrets', name);
    await waitUntil('a list is refused', () => shut.hits > 0);
    shut.remove();
    await scene.objects.untilValues(name, { password: value }, 60_000);
    await expectFollowed(`followed-${code}`);
  });

  it('that are refused with 410 when they begin list again', async () => {
    const faults = RESOURCES.map((resource) =>
      scene.proxy.inject({ verb: 'watch', resource, times: 1, fault: { kind: 'status', code: 410, reason: 'Expired' } }),
    );
    const since = scene.proxy.log.next;
    scene.proxy.closeWatches({}, 'end');
    await expectFollowed('expired');
    await waitUntil('each was refused once', () => faults.every(({ hits }) => hits === 1));
    await untilWatching();
    for (const resource of RESOURCES) expect(scene.proxy.log.select({ verb: 'list', resource }, since).length).toBeGreaterThan(0);
  });

  it('that get 410 as their first event list again', async () => {
    for (const resource of RESOURCES) scene.proxy.inject({ verb: 'watch', resource, times: 1, fault: { kind: 'watch-error' } });
    scene.proxy.closeWatches({}, 'end');
    await expectFollowed('first-event');
  });

  it('without bookmarks follow all the same', async () => {
    using _ = scene.proxy.inject({ verb: 'watch', fault: { kind: 'swallow-bookmarks' } });
    scene.proxy.closeWatches({}, 'end');
    await expectFollowed('no-bookmarks');
    scene.proxy.closeWatches({}, 'end');
    await expectFollowed('no-bookmarks-again');
  });

  it('that tell nothing are made good by the list after them', async () => {
    const deaf = scene.proxy.inject({ verb: 'watch', fault: { kind: 'only-bookmarks' } });
    scene.proxy.closeWatches({}, 'end');
    await untilWatching();
    const value = scene.createSecret('deaf');
    await scene.objects.externalSecret('deaf', { data: [{ secretKey: 'password', remoteRef: { key: 'deaf' } }] });
    deaf.remove();
    for (const watch of scene.proxy.watches()) watch.fail(410);
    await scene.objects.untilValues('deaf', { password: value }, 60_000);
    await expectFollowed('heard');
  });

  it('that cannot be opened for a while are opened in the end; the operator stays alive and says so', async () => {
    const faults = RESOURCES.map((resource) =>
      scene.proxy.inject({ verb: ['watch', 'list'], resource, times: 2, fault: { kind: 'reset' } }),
    );
    scene.proxy.closeWatches({}, 'reset');
    await waitUntil('each was reset twice', () => faults.every(({ hits }) => hits === 2));
    await expectFollowed('opened');
    expect((await fetch(`${scene.operator.probeUrl}/livez`)).status).toBe(200);
    expect(scene.operator.logLines().some(({ msg }) => msg === 'list or watch failed; trying again')).toBe(true);
  });
});
