// Restarts that other tools have lost or repeated: each case is a defect that one of them has had.
import { createHash } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { createConsumer, envFrom } from '../../support/operator/consumers.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import { createRestarting, untilRestarted, untilShown } from '../../support/operator/restarts.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { useSceneWithPods } from '../../support/operator/scene-with-pods.ts';
import { contentOf, markersOf, markerTextsOf, untilMarked, untilRolledOut } from '../../support/operator/workloads.ts';

jest.setTimeout(120_000);

let scene: Scene;

useSceneWithPods('defects', (opened) => ({ scene } = opened));

const DISCOVER = { restart: { mode: 'Discover', settle: '0' } };

const generationOf = async (name: string): Promise<number | undefined> =>
  (await scene.objects.get('deployments', name))?.metadata.generation;

async function setUp(name: string, workloads: readonly string[] = [name]): Promise<string> {
  const value = scene.createSecret(name);
  for (const workload of workloads) await createConsumer(scene.objects, workload, { container: envFrom(name) });
  await createRestarting(scene, name, [], DISCOVER);
  for (const workload of workloads) await untilShown(scene, name, workload, { state: 'Current' });
  return value;
}

describe('a failure', () => {
  it('of one workload restarts no other one again, and of several each is told', async () => {
    const workloads = ['bad-a', 'bad-b', 'good-a', 'good-b'];
    await setUp('several', workloads);
    const refusal = { kind: 'status', code: 403, message: 'no' } as const;
    const faults = ['bad-a', 'bad-b'].map((name) => scene.proxy.inject({ verb: 'patch', resource: 'deployments', name, fault: refusal }));
    scene.rotate('several');
    for (const name of ['bad-a', 'bad-b']) await untilShown(scene, 'several', name, { phase: 'Failed', reason: 'RestartFailed' });
    for (const name of ['good-a', 'good-b']) await untilShown(scene, 'several', name, { phase: 'Healthy' });
    await waitUntil('each was tried again', () => faults.every(({ hits }) => hits > 1));
    for (const fault of faults) fault.remove();
    for (const name of workloads) await untilMarked(scene.objects, 'Deployment', name, 'several');
    await untilRestarted(scene, 'several', 'RestartsDone');
    expect(await Promise.all(workloads.map(generationOf))).toEqual([2, 2, 2, 2]);
    await scene.objects.delete('externalsecrets', 'several');
  });

  it('to list workloads loses no restart: unknown is not absent', async () => {
    await setUp('unlisted');
    await scene.operator.kill();
    const fault = scene.proxy.inject({ verb: 'list', resource: 'deployments', fault: { kind: 'status', code: 500 } });
    const value = scene.rotate('unlisted');
    await scene.launchOperator();
    await waitUntil('the list was refused', () => fault.hits > 1);
    fault.remove();
    await scene.operator.whenReady();
    await scene.objects.untilValues('unlisted', { password: value }, 60_000);
    await untilMarked(scene.objects, 'Deployment', 'unlisted', 'unlisted');
    expect(await generationOf('unlisted')).toBe(2);
    await scene.objects.delete('externalsecrets', 'unlisted');
  });

  it('to write the status leads to no second restart', async () => {
    await setUp('no-status');
    const fault = scene.proxy.inject({
      verb: 'patch',
      resource: 'externalsecrets',
      name: 'no-status',
      subresource: 'status',
      fault: { kind: 'status', code: 500 },
    });
    scene.rotate('no-status');
    await untilMarked(scene.objects, 'Deployment', 'no-status', 'no-status');
    await waitUntil('the status was refused', () => fault.hits > 1);
    fault.remove();
    await untilShown(scene, 'no-status', 'no-status', { phase: 'Healthy' });
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect(await generationOf('no-status')).toBe(2);
    await scene.objects.delete('externalsecrets', 'no-status');
  });
});

describe('a change that is no change of content', () => {
  it('restarts nobody: another refresh interval, another label of the Secret, repaired drift', async () => {
    const password = await setUp('calm');
    scene.rotate('calm');
    await untilShown(scene, 'calm', 'calm', { phase: 'Healthy' });
    const value = (await scene.objects.values('calm'))?.['password'] ?? password;
    const target = { template: { metadata: { labels: { team: 'calm' } } } };
    await scene.objects.patch('externalsecrets', 'calm', { spec: { refreshInterval: '2s', target } });
    await waitUntil('the label is there', async () => (await scene.objects.get('secrets', 'calm'))?.metadata.labels?.['team'] === 'calm');
    await scene.objects.patch('secrets', 'calm', { stringData: { password: 'spoilt' } });
    await scene.objects.untilValues('calm', { password: value });
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect(await generationOf('calm')).toBe(2);
    await scene.objects.delete('externalsecrets', 'calm');
  });
});

describe('the marker', () => {
  it('is no digest that can be computed without the key of the installation', async () => {
    await setUp('guess');
    const value = scene.rotate('guess');
    await scene.objects.untilValues('guess', { password: value });
    const marker = markerTextsOf(await untilMarked(scene.objects, 'Deployment', 'guess', 'guess'))['guess'] ?? '';
    const texts = [
      value,
      `password=${value}`,
      `password:${value}`,
      JSON.stringify({ password: value }),
      Buffer.from(value).toString('base64'),
    ];
    for (const text of texts) {
      for (const algorithm of ['md5', 'sha1', 'sha256', 'sha512']) {
        for (const encoding of ['hex', 'base64', 'base64url'] as const) {
          expect(marker).not.toContain(createHash(algorithm).update(text).digest(encoding).slice(0, 16));
        }
      }
    }
    await scene.objects.delete('externalsecrets', 'guess');
  });

  it('tells apart contents that look equal when they are joined', async () => {
    scene.aws.secrets().create('joined', JSON.stringify({ a: '1;b=2' }));
    await createConsumer(scene.objects, 'joined', { container: envFrom('joined') });
    await scene.objects.externalSecret('joined', { refreshInterval: '1s', dataFrom: [{ extract: { key: 'joined' } }], ...DISCOVER });
    await untilShown(scene, 'joined', 'joined', { state: 'Current' });
    const before = contentOf(await scene.objects.get('secrets', 'joined'));
    scene.aws.secrets().put('joined', JSON.stringify({ a: '1', b: '2' }));
    await scene.objects.untilValues('joined', { a: '1', b: '2' });
    const rolled = await untilMarked(scene.objects, 'Deployment', 'joined', 'joined');
    expect(markersOf(rolled)['joined']).not.toBe(before);
    await scene.objects.delete('externalsecrets', 'joined');
  });

  it('of `fold-b` is not that of `fold.b`', async () => {
    await createConsumer(scene.objects, 'fold', { container: envFrom('fold-b', 'fold.b') });
    for (const name of ['fold-b', 'fold.b']) {
      scene.createSecret(name);
      await createRestarting(scene, name, [], DISCOVER);
      await untilShown(scene, name, 'fold', { state: 'Current' });
    }
    for (const name of ['fold-b', 'fold.b']) scene.rotate(name);
    for (const name of ['fold-b', 'fold.b']) await untilMarked(scene.objects, 'Deployment', 'fold', name);
    await untilRolledOut(scene.objects, 'Deployment', 'fold');
    expect(await writesAtRest(scene, 1)).toEqual([]);
    const contents = await Promise.all(['fold-b', 'fold.b'].map(async (name) => contentOf(await scene.objects.get('secrets', name))));
    expect(markersOf(await scene.objects.get('deployments', 'fold'))).toEqual({ 'fold-b': contents[0], 'fold.b': contents[1] });
    for (const name of ['fold-b', 'fold.b']) await scene.objects.delete('externalsecrets', name);
  });
});

describe('the patch', () => {
  it('keeps an environment variable that somebody adds at the same moment', async () => {
    await setUp('edited');
    const hold = scene.proxy.hold({ verb: 'patch', resource: 'deployments', name: 'edited' });
    scene.rotate('edited');
    await hold.arrived;
    const containers = [{ name: 'app', image: 'app:1', ...envFrom('edited'), env: [{ name: 'ADDED', value: 'yes' }] }];
    await scene.objects.patch('deployments', 'edited', { spec: { template: { spec: { containers } } } });
    hold.release();
    const marked = await untilMarked(scene.objects, 'Deployment', 'edited', 'edited');
    expect(JSON.stringify(marked.spec)).toContain('ADDED');
    await scene.objects.delete('externalsecrets', 'edited');
  });
});

describe('a Deployment that is paused', () => {
  it('stays so, and a new start of the operator does not lose its restart', async () => {
    await setUp('asleep');
    await scene.objects.patch('deployments', 'asleep', { spec: { paused: true } });
    scene.rotate('asleep');
    await untilShown(scene, 'asleep', 'asleep', { phase: 'Blocked', reason: 'RolloutPaused' });
    await scene.operator.kill();
    await scene.startOperator();
    expect(await writesAtRest(scene, 1)).toEqual([]);
    expect((await scene.objects.get('deployments', 'asleep'))?.spec).toHaveProperty('paused', true);
    await scene.objects.patch('deployments', 'asleep', { spec: { paused: false } });
    await untilShown(scene, 'asleep', 'asleep', { phase: 'Healthy' });
    // Created, paused, marked, resumed: no second restart.
    expect(await generationOf('asleep')).toBe(4);
    await scene.objects.delete('externalsecrets', 'asleep');
  });
});

describe('Jobs and CronJobs', () => {
  it('are left alone: their next pods read the current Secret', async () => {
    scene.createSecret('batch');
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'app:1', ...envFrom('batch') }] } };
    const job = await scene.objects.create('jobs', { metadata: { name: 'batch' }, spec: { template } });
    await scene.objects.create('cronjobs', {
      metadata: { name: 'batch' },
      spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template } } },
    });
    await createConsumer(scene.objects, 'batch', { container: envFrom('batch') });
    await createRestarting(scene, 'batch', [], DISCOVER);
    await untilShown(scene, 'batch', 'batch', { state: 'Current' });
    scene.rotate('batch');
    await untilShown(scene, 'batch', 'batch', { phase: 'Healthy' });
    expect(await writesAtRest(scene, 1)).toEqual([]);
    const jobs = await scene.objects.list('jobs');
    expect(jobs.map(({ metadata: { uid, generation } }) => [uid, generation])).toEqual([[job.metadata.uid, 1]]);
    expect((await scene.objects.get('cronjobs', 'batch'))?.metadata.generation).toBe(1);
    await scene.objects.delete('externalsecrets', 'batch');
  });
});
