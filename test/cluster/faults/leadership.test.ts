// Two replicas: one works, the other takes over, and a former leader changes nothing.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { installation } from '../../../src/api/installation.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { followObjects } from '../../support/operator/history.ts';
import type { Operator } from '../../support/operator/operator.ts';
import { writesAtRest, writesDuringRefreshes } from '../../support/operator/refreshes.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { contentOf, createWorkload, markersOf, untilMarked } from '../../support/operator/workloads.ts';

jest.setTimeout(60_000);

const LEASE_MS = 4_000;
const FLAGS = [
  '--leader-elect',
  `--leader-elect-lease-duration=${LEASE_MS}ms`,
  '--leader-elect-renew-deadline=3s',
  '--leader-elect-retry-period=500ms',
];

let scene: Scene;

beforeEach(async () => {
  scene = await openScene('leadership', { flags: FLAGS, start: false });
  await scene.createStore();
}, 60_000);

afterEach(() => scene?.[Symbol.asyncDispose]());

const leads = async (operator: Operator): Promise<boolean> => operator.logLines().some(({ msg }) => msg === 'started leading');

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly acquireTime?: string;
  readonly renewTime?: string;
}

const lease = async (): Promise<LeaseSpec> => (await scene.objects.get('leases', 'keytender'))?.spec as LeaseSpec;

const holder = async (): Promise<string> => (await lease()).holderIdentity ?? '';

const milliseconds = (later: string | undefined, earlier: string | undefined): number =>
  Date.parse(later ?? '') - Date.parse(earlier ?? '');

/** The first leads, the second waits. */
async function startTwo(): Promise<readonly [Operator, Operator]> {
  const first = await scene.startOperator();
  await waitUntil('the first leads', async () => leads(first));
  const second = await scene.startOperator();
  return [first, second];
}

async function createSynced(name: string, extra: object = {}): Promise<void> {
  scene.createSecret(name);
  await scene.objects.externalSecret(name, {
    refreshInterval: '1s',
    data: [{ secretKey: 'password', remoteRef: { key: name } }],
    ...extra,
  });
  await scene.objects.untilReason(name, 'SecretSynced');
}

describe('two replicas', () => {
  it('work one at a time: the second asks AWS nothing and writes nothing, and takes over when the lease of a killed one is over', async () => {
    const [first, second] = await startTwo();
    await createSynced('one');
    await writesDuringRefreshes(scene, 2);
    expect(await leads(second)).toBe(false);
    expect(await first.metricTotal('keytender_aws_api_calls_total')).toBeGreaterThan(0);
    expect(await second.metricTotal('keytender_aws_api_calls_total')).toBe(0);
    await first.kill();
    const { renewTime } = await lease();
    const value = scene.rotate('one');
    await waitUntil('the second leads', async () => leads(second));
    expect(milliseconds((await lease()).acquireTime, renewTime)).toBeGreaterThanOrEqual(LEASE_MS);
    await scene.objects.untilValues('one', { password: value });
  });

  it('keep with the Lease until when all that was due is done, which a leader of seconds does not change', async () => {
    const doneUntil = async (): Promise<unknown> =>
      (await scene.objects.get('leases', 'keytender'))?.metadata.annotations?.[installation.doneUntilAnnotation];
    const first = await scene.startOperator();
    await waitUntil('the first leads', async () => leads(first));
    expect(await doneUntil()).toBe('1970-01-01T00:00:00.000000Z');
    await first.stop();
    const done = '2026-01-02T03:04:05.678000Z';
    await scene.objects.patch('leases', 'keytender', { metadata: { annotations: { [installation.doneUntilAnnotation]: done } } });
    const second = await scene.startOperator();
    await createSynced('kept');
    await writesDuringRefreshes(scene, 3);
    expect([await leads(second), await doneUntil()]).toEqual([true, done]);
  });

  it('hand over at once when the leader stops in order', async () => {
    const [first, second] = await startTwo();
    await createSynced('handed');
    await using history = await followObjects(scene, 'leases');
    const former = await holder();
    // Killed after ten seconds; then it would end with the signal.
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    await waitUntil('the second leads', async () => leads(second));
    await history.untilCurrent('keytender');
    const holders = history.of('keytender').map(({ object }) => (object.spec as LeaseSpec).holderIdentity ?? '');
    expect(new Set(holders.filter((name) => name !== former))).toEqual(new Set(['', await holder()]));
    await scene.objects.untilValues('handed', { password: scene.rotate('handed') });
  });
});

describe('SIGTERM', () => {
  it('finishes the write that is under way, releases the lease and exits with 0 within 10 s', async () => {
    const operator = await scene.startOperator();
    await createSynced('finished');
    const hold = scene.proxy.hold({ verb: 'patch', resource: 'secrets', name: 'finished' });
    const value = scene.rotate('finished');
    await hold.arrived;
    const exited = operator.stop();
    await waitUntil('it is stopping', async () => {
      await scene.proxy.waitFor({ resource: 'leases', verb: 'patch' });
      return true;
    });
    hold.release();
    expect(await exited).toEqual({ code: 0, signal: null });
    await scene.objects.untilValues('finished', { password: value });
    const content = contentOf(await scene.objects.get('secrets', 'finished'));
    expect((await scene.objects.get('externalsecrets', 'finished'))?.status?.['content']).toBe(content);
    expect(await holder()).toBe('');
  });

  it('gives up a write that is never answered, and still exits within 10 s', async () => {
    const operator = await scene.startOperator();
    await createSynced('given-up');
    const hung = scene.proxy.inject({ verb: 'patch', resource: 'secrets', name: 'given-up', fault: { kind: 'hang' } });
    scene.rotate('given-up');
    await waitUntil('it hangs', () => hung.hits > 0);
    expect(await operator.stop({ graceMs: 10_000 })).toEqual({ code: 0, signal: null });
    expect(await holder()).toBe('');
  });
});

async function stateOfFrozen(): Promise<readonly unknown[]> {
  const [secret, deployment, resource] = await Promise.all([
    scene.objects.get('secrets', 'frozen'),
    scene.objects.get('deployments', 'frozen'),
    scene.objects.get('externalsecrets', 'frozen'),
  ]);
  return [secret?.metadata.resourceVersion, deployment?.metadata.generation, markersOf(deployment), resource?.status];
}

describe('a leader that is frozen over a takeover in the middle of a write', () => {
  const POINTS = [
    ['Secret', { verb: 'patch', resource: 'secrets', name: 'frozen' }],
    ['workload', { verb: 'patch', resource: 'deployments', name: 'frozen' }],
    ['status', { verb: 'patch', resource: 'externalsecrets', subresource: 'status', name: 'frozen' }],
  ] as const;

  it.each(POINTS)('of a %s overwrites nothing when it wakes, and exits', async (_, match) => {
    const [first, second] = await startTwo();
    await createWorkload(scene.objects, 'Deployment', 'frozen');
    await createSynced('frozen', { restart: { targets: [{ kind: 'Deployment', name: 'frozen' }] } });
    await using secrets = await followObjects(scene, 'secrets');
    const hold = scene.proxy.hold(match);
    scene.rotate('frozen');
    await hold.arrived;
    first.freeze();
    const value = scene.rotate('frozen');
    await waitUntil('the second leads', async () => leads(second));
    await scene.objects.untilValues('frozen', { password: value });
    await untilMarked(scene.objects, 'Deployment', 'frozen', 'frozen');
    const content = contentOf(await scene.objects.get('secrets', 'frozen'));
    await waitUntil('the second has reported it', async () => {
      const { status } = await scene.objects.untilReason('frozen', 'SecretSynced');
      return status?.['content'] === content;
    });
    expect(await writesAtRest(scene, 1)).toEqual([]);
    const settled = await stateOfFrozen();

    // Its write is on the way and arrives now, before it knows; then it wakes.
    const refused = scene.proxy.waitFor(match, ({ status }) => status === 409);
    hold.release();
    await refused;
    first.thaw();
    const { code } = await first.exited;
    expect(code).toBe(1);
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect(await stateOfFrozen()).toEqual(settled);
    await secrets.untilCurrent('frozen');
    expect(secrets.of('frozen').at(-1)?.object.metadata.resourceVersion).toBe(settled[0]);
    expect(second.running).toBe(true);
  });
});

describe('a second replica whose view is late when it takes over', () => {
  it('restarts nobody for content that is no longer there', async () => {
    const first = await scene.startOperator();
    await createWorkload(scene.objects, 'Deployment', 'late');
    await createSynced('late', { restart: { targets: [{ kind: 'Deployment', name: 'late' }] } });
    // It sees workloads, but neither the Secret nor the status change.
    const deaf = ['secrets', 'externalsecrets'].map((resource) =>
      scene.proxy.inject({ verb: 'watch', resource, fault: { kind: 'only-bookmarks' } }),
    );
    const second = await scene.startOperator();
    await waitUntil('it watches', () => deaf.every(({ hits }) => hits > 0));
    deaf.forEach((one) => one.remove());
    const value = scene.rotate('late');
    await scene.objects.untilValues('late', { password: value });
    await untilMarked(scene.objects, 'Deployment', 'late', 'late');
    await scene.proxy.waitFor({ resource: 'externalsecrets', verb: 'patch', subresource: 'status' }, () => true, { since: 0 });
    await first.kill();
    await waitUntil('the second leads', async () => leads(second));
    await writesDuringRefreshes(scene, 3);
    await scene.objects.untilValues('late', { password: value });
    const deployment = await scene.objects.get('deployments', 'late');
    expect(deployment?.metadata.generation).toBe(2);
  });

  it('writes nothing by a specification that has been replaced', async () => {
    const first = await scene.startOperator();
    scene.createSecret('next');
    await createSynced('stale');
    const deaf = scene.proxy.inject({ verb: 'watch', resource: 'externalsecrets', fault: { kind: 'only-bookmarks' } });
    const second = await scene.startOperator();
    await waitUntil('it watches', () => deaf.hits > 0);
    deaf.remove();
    await scene.objects.patch('externalsecrets', 'stale', { spec: { data: [{ secretKey: 'other', remoteRef: { key: 'next' } }] } });
    await scene.objects.untilReason('stale', 'SecretSynced');
    const content = contentOf(await scene.objects.get('secrets', 'stale'));
    await using secrets = await followObjects(scene, 'secrets');
    await first.kill();
    await waitUntil('the second leads', async () => leads(second));
    await writesDuringRefreshes(scene, 3);
    expect(contentOf(await scene.objects.get('secrets', 'stale'))).toBe(content);
    await secrets.untilCurrent('stale');
    expect(secrets.of('stale')).toEqual([]);
    for (const watch of scene.proxy.watches({ resource: 'externalsecrets' })) watch.fail(410);
    await scene.objects.patch('externalsecrets', 'stale', { spec: { data: [{ secretKey: 'third', remoteRef: { key: 'next' } }] } });
    await waitUntil('it follows again', async () => (await scene.objects.values('stale'))?.['third'] !== undefined);
  });
});
