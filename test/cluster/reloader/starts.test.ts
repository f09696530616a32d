// Starts of the operator with the annotations of Stakater Reloader: what is a baseline, what was missed, and what Reloader has left behind.
import { describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import {
  allMarkersOf,
  changeSource,
  configMap,
  createReader,
  createSource,
  readerOf,
  RELOADER as A,
  restartsOf,
  secret,
  untilAllRolledOut,
  untilFollowed,
  untilRestarts,
  type Workload,
} from '../../support/operator/reloader.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { useSceneWithPods } from '../../support/operator/scene-with-pods.ts';
import { contentOf } from '../../support/operator/workloads.ts';

jest.setTimeout(240_000);

let scene: Scene;

useSceneWithPods('starts', (opened) => ({ scene } = opened), { flags: ['--restart-max-concurrent-per-namespace=1000'] });

const FLAG = '--reloader-annotations';
const auto = { [`${A}/auto`]: 'true' };
const objects = () => scene.objects;

const settings = configMap('settings');
const unchanged = configMap('unchanged');
const password = secret('password');
const readers: readonly Workload[] = [
  { name: 'reader', on: auto, reads: [['envFrom', settings]] },
  { name: 'bystander', on: auto, reads: [['env', unchanged]] },
  { name: 'lister', on: { [`secret.${A}/reload`]: 'password' } },
];

async function untilEvent(name: string, reason: string): Promise<string> {
  return await waitUntil(`${name} has the Event ${reason}`, async () => {
    const events = (await objects().list('events')) as readonly {
      readonly reason?: string;
      readonly note?: string;
      readonly regarding?: { readonly name?: string };
    }[];
    return events.find((event) => event.reason === reason && event.regarding?.name === name)?.note;
  });
}

describe('without the setting', () => {
  it('no ConfigMap and no Secret of others is watched or read', async () => {
    for (const source of [settings, unchanged, password]) await createSource(objects(), source);
    for (const one of readers) await createReader(objects(), one);
    await untilAllRolledOut(objects(), readers);
    await changeSource(objects(), settings, { key: 'changed before the setting' });
    expect(scene.proxy.watches({ resource: 'configmaps' })).toEqual([]);
    expect(scene.proxy.log.select({ resource: 'configmaps', verb: 'list' })).toEqual([]);
    expect(scene.proxy.log.select({ resource: 'secrets', verb: 'get' }).filter(({ name }) => name === 'password')).toEqual([]);
    expect(await scene.operator.metric('keytender_followed_sources')).toBe(0);
  });
});

describe('a start', () => {
  it('with the setting restarts nobody: what is found is the baseline', async () => {
    await scene.operator.kill();
    await scene.startOperator([FLAG]);
    await untilFollowed(objects(), [settings, unchanged, password]);
    expect(await restartsOf(objects(), readers)).toEqual({ reader: 0, lister: 0, bystander: 0 });
    expect(await scene.operator.metric('keytender_followed_sources')).toBe(3);
  });

  it('after changes while no operator ran restarts once, and reads only what has another version', async () => {
    await scene.operator.kill();
    await changeSource(objects(), settings, { key: 'changed while nobody looked' });
    await changeSource(objects(), password, { key: 'changed while nobody looked' });
    const since = scene.proxy.log.next;
    await scene.startOperator([FLAG]);
    await untilRestarts(objects(), readers, { reader: 1, lister: 1 });
    const read = scene.proxy.log
      .select({ verb: 'get' }, since)
      .filter(({ resource }) => resource === 'configmaps' || resource === 'secrets');
    const names = new Set(read.map(({ name }) => name));
    expect(names.has('settings') && names.has('password')).toBe(true);
    expect(names.has('unchanged')).toBe(false);
    const [reader, lister] = [await readerOf(objects(), { name: 'reader' }), await readerOf(objects(), { name: 'lister' })];
    expect(Object.keys(allMarkersOf(reader))).toEqual(['restart-configmap.keytender.dev/settings']);
    expect(Object.keys(allMarkersOf(lister))).toEqual(['restart.keytender.dev/password']);
  });

  it('without changes restarts nobody, and each change one after the other makes one rollout', async () => {
    await scene.operator.kill();
    await scene.startOperator([FLAG]);
    for (const [index, value] of ['first', 'second'].entries()) {
      await changeSource(objects(), settings, { key: value });
      await untilRestarts(objects(), readers, { reader: 2 + index });
      await untilAllRolledOut(objects(), readers);
    }
    expect(await restartsOf(objects(), readers)).toEqual({ reader: 3, lister: 1, bystander: 0 });
  });
});

describe('a Secret that Keytender writes', () => {
  it('is one source with one marker, whoever names it', async () => {
    scene.createSecret('managed');
    await objects().externalSecret('managed', { refreshInterval: '1s', data: [{ secretKey: 'password', remoteRef: { key: 'managed' } }] });
    await objects().untilReason('managed', 'SecretSynced');
    const managed = secret('managed');
    const users: readonly Workload[] = [
      { name: 'finds', on: auto, reads: [['envFrom', managed]] },
      { name: 'lists', on: { [`secret.${A}/reload`]: 'managed' } },
      { name: 'matches', on: { [`secret.${A}/reload`]: 'manag.*' } },
    ];
    for (const user of users) await createReader(objects(), user);
    await untilAllRolledOut(objects(), users);
    await untilFollowed(objects(), [managed]);
    scene.rotate('managed');
    await untilRestarts(objects(), users, { finds: 1, lists: 1, matches: 1 });
    const content = contentOf(await objects().get('secrets', 'managed'));
    for (const user of users)
      expect(allMarkersOf(await readerOf(objects(), user))).toEqual({ 'restart.keytender.dev/managed': `2.${content}` });
    expect(await restartsOf(objects(), users)).toEqual({ finds: 1, lists: 1, matches: 1 });
    await objects().delete('externalsecrets', 'managed');
  });
});

describe('what is not followed', () => {
  it('is told on the workload', async () => {
    const names = Array.from({ length: 501 }, (_, index) => `name-${index}`).join(',');
    await createReader(objects(), { name: 'greedy', on: { [`secret.${A}/reload`]: names } });
    await createReader(objects(), { name: 'wrong', on: { [`configmap.${A}/reload`]: '(' } });
    expect(await untilEvent('greedy', 'TooManyReferences')).toContain('500');
    expect(await untilEvent('wrong', 'InvalidSettings')).toContain('"("');
  });
});

describe('a switch from Reloader', () => {
  const sources = Array.from({ length: 10 }, (_, index) => configMap(`shared-${index}`));
  const workloads = Array.from({ length: 100 }, (_, index): Workload => {
    const source = sources[index % sources.length] ?? settings;
    return {
      name: `was-${index}`,
      on: auto,
      reads: [['envFrom', source]],
      template: { [`${A}/last-reloaded-from`]: JSON.stringify({ type: 'CONFIGMAP', name: source.name, hash: 'abc' }) },
    };
  });

  it('restarts none of 100 workloads with its traces, which stay; the next change restarts each once; and tells that both are active', async () => {
    await scene.operator.kill();
    for (const source of sources) await createSource(objects(), source);
    await Promise.all(workloads.map((workload) => createReader(objects(), workload)));
    const containers = {
      spec: {
        template: { spec: { containers: [{ name: 'app', image: 'app:1', env: [{ name: 'STAKATER_SHARED_CONFIGMAP', value: 'abc' }] }] } },
      },
    };
    await Promise.all(workloads.map(({ name }) => objects().strategicPatch('deployments', name, containers)));
    await untilAllRolledOut(objects(), workloads);
    await objects().create('leases', {
      metadata: { name: 'stakater-reloader-lock' },
      spec: { holderIdentity: 'reloader', leaseDurationSeconds: 15, renewTime: new Date().toISOString().replace('Z', '000Z') },
    });
    const before = await restartsOf(objects(), workloads);
    await scene.startOperator([FLAG]);
    await untilFollowed(objects(), sources);
    await waitUntil('the metric shows Reloader', async () => (await scene.operator.metric('keytender_reloader_active')) === 1);
    expect(scene.operator.output()).toContain('Stakater Reloader is active as well');
    expect(await restartsOf(objects(), workloads)).toEqual(before);

    await Promise.all(sources.map((source) => changeSource(objects(), source, { key: 'after the switch' })));
    const once = Object.fromEntries(Object.entries(before).map(([name, count]) => [name, count + 1]));
    await untilRestarts(objects(), workloads, once, 150_000);
    await untilAllRolledOut(objects(), workloads);
    expect(await restartsOf(objects(), workloads)).toEqual(once);
    const one = await readerOf(objects(), { name: 'was-7' });
    expect(one.spec?.template?.metadata?.annotations).toHaveProperty([`${A}/last-reloaded-from`]);
    expect(JSON.stringify(one.spec)).toContain('STAKATER_SHARED_CONFIGMAP');
  });
});
