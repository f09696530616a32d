// Who is restarted: targets, discovery, annotations of workloads, and what forbids a restart.
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { MAX_OTHERS } from '../../../../src/restart/consumer/restart-markers.ts';
import { consumerTypes } from '../../../../src/restart/consumer/consumer-types.ts';
import { contentOf, type Deployed, groupOf, marker, setting, target, TEAM, WorkloadWorld } from './workload-world.ts';

const FREE = { limits: { minInterval: ms(0) } };
const HOUR = 3_600_000;
const reads = { secrets: ['db'] };

interface Scene extends Deployed {
  readonly restart?: object;
  readonly needsAnnotation?: boolean;
}

/** A Deployment, and a Secret that has changed after it started. */
async function due({ restart = target('app'), needsAnnotation = false, ...deployed }: Scene): Promise<WorkloadWorld> {
  const world = new WorkloadWorld({ ...FREE, needsAnnotation });
  world.want('db', restart);
  world.write('db', { a: '1' });
  world.deploy('app', deployed);
  await world.settle('app');
  await world.clock.advance(HOUR);
  world.write('db', { a: '2' });
  await world.clock.advance(3_000);
  await world.settle('app');
  return world;
}

const outcome = (world: WorkloadWorld) => [world.patches.length, world.member('db').phase, world.member('db').reason];
const live = { [setting('live-reload')]: 'db' };
const volume = {
  podSpec: {
    containers: [{ name: 'main', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
    volumes: [{ name: 'v', secret: { secretName: 'db' } }],
  },
};
const controller = { apiVersion: 'kafka.strimzi.io/v1', kind: 'Kafka', name: 'events', uid: 'u', controller: true };
const discover = { mode: 'Discover' };
const never = { [setting('restart')]: 'false' };
const always = { [setting('restart')]: 'true' };
const owned = { [setting('restart-owned')]: 'true' };
const pulls = { podSpec: { containers: [{ name: 'main' }], imagePullSecrets: [{ name: 'db' }] } };

describe('a workload', () => {
  it.each<[string, Scene, unknown[]]>([
    ['that is named', reads, [1, 'Rolling', undefined]],
    ['that is named and does not consume the Secret', {}, [1, 'Rolling', undefined]],
    ['that is named, does not consume the Secret, and needs an annotation', { needsAnnotation: true }, [0, 'Current', 'NotAnnotated']],
    [
      'that is named, does not consume the Secret, and is annotated',
      { needsAnnotation: true, annotations: always },
      [1, 'Rolling', undefined],
    ],
    [
      'that is selected',
      { labels: { tier: 'a' }, restart: { targets: [{ kind: 'Deployment', selector: { matchLabels: { tier: 'a' } } }] } },
      [1, 'Rolling', undefined],
    ],
    [
      'that is not selected',
      { ...reads, restart: { targets: [{ kind: 'Deployment', selector: { matchLabels: { tier: 'a' } } }] } },
      [0, undefined, undefined],
    ],
    ['that is discovered', { ...reads, restart: discover }, [1, 'Rolling', undefined]],
    ['that is not discovered, because it does not consume the Secret', { restart: discover }, [0, undefined, undefined]],
    ['that is opted out', { ...reads, annotations: never }, [0, 'Current', 'OptedOut']],
    ['that is opted out by its template', { ...reads, template: never }, [0, 'Current', 'OptedOut']],
    [
      'that is opted out, although its template says the opposite',
      { ...reads, template: always, annotations: never },
      [0, 'Current', 'OptedOut'],
    ],
    [
      'that is opted out and asks for a restart now',
      { ...reads, annotations: { ...never, [setting('restart-now')]: '1' } },
      [0, 'Current', 'OptedOut'],
    ],
    ['with a volume', volume, [1, 'Rolling', undefined]],
    ['with a volume that it reads again by itself', { ...volume, annotations: live }, [0, 'Current', 'LiveReload']],
    ['that reads again by itself what it has in its environment', { ...reads, annotations: live }, [1, 'Rolling', undefined]],
    ['that only pulls images with it', pulls, [0, 'Current', 'ImagePull']],
    ['that a controller owns', { ...reads, owner: controller }, [0, 'Blocked', 'OwnedByController']],
    ['that a controller owns, and that is annotated', { ...reads, owner: controller, annotations: owned }, [1, 'Rolling', undefined]],
    ['of a suspended policy', { ...reads, restart: { ...target('app'), suspend: true } }, [0, 'Pending', 'Suspended']],
    ['of a dry run', { ...reads, restart: { ...target('app'), dryRun: true } }, [0, 'Pending', 'DryRun']],
    ['that is paused: its template is patched, and it waits', { ...reads, spec: { paused: true } }, [1, 'Blocked', 'Paused']],
    ['without pods', { ...reads, spec: { replicas: 0 } }, [1, 'Current', 'NoPods']],
  ])('%s', async (_what, scene, expected) => {
    using world = await due(scene);
    expect(outcome(world)).toEqual(expected);
  });

  it('that a controller owns is told by the name of the controller', async () => {
    using world = await due({ ...reads, owner: controller });
    expect(world.member('db').message).toContain('Kafka "events" owns it');
  });

  it('that is paused rolls on resume, once', async () => {
    using world = await due({ ...reads, spec: { paused: true } });
    world.api.edit(builtin.deployment, TEAM, 'app', { spec: { paused: false } });
    world.roll('app');
    await world.settle('app');
    expect(outcome(world)).toEqual([1, 'Healthy', undefined]);
  });

  it('that asks for restarts is restarted for a Secret that no ExternalSecret restarts it for, by the defaults', async () => {
    using world = await due({ ...reads, annotations: always, restart: { mode: 'None' } });
    expect([world.patches, world.members('db')]).toEqual([[], []]);
    await world.clock.advance(20_000);
    await world.settle('app');
    const view = world.restarting.engine.view(`Secret/${TEAM}/db`);
    expect([world.patches.length, view?.members[0]?.phase]).toEqual([1, 'Rolling']);
  });

  it('is governed by the ExternalSecret alone where both ask', async () => {
    using world = await due({ ...reads, annotations: always });
    expect([outcome(world), world.restarting.engine.view(`Secret/${TEAM}/db`)]).toEqual([[1, 'Rolling', undefined], undefined]);
  });

  it('goes back to nobody when its ExternalSecret goes, is suspended, or is not valid', async () => {
    for (const end of [
      (world: WorkloadWorld) => world.api.remove(keytender.kinds.externalSecret, TEAM, 'db'),
      (world: WorkloadWorld) => world.want('db', target('app'), { suspend: true }),
      (world: WorkloadWorld) => world.want('db', { ...target('app'), settle: '2h' }),
    ]) {
      using world = new WorkloadWorld(FREE);
      world.want('db', target('app'));
      world.write('db', { a: '1' });
      world.deploy('app', reads);
      await world.settle('app');
      expect(world.members('db')).toHaveLength(1);
      await world.clock.advance(HOUR);
      end(world);
      world.write('db', { a: '2' });
      await world.clock.advance(3_000);
      await world.settle('app');
      expect([world.patches, world.members('db')]).toEqual([[], []]);
      world.restarting.engine.retire(groupOf('db'));
      expect(world.restarting.engine.view(groupOf('db'))).toBeUndefined();
    }
  });
});

describe('restart-now', () => {
  const now = (value: string) => ({ [setting('restart-now')]: value });

  it('restarts once for each new value, also without new content, and sets the markers', async () => {
    using world = new WorkloadWorld(FREE);
    world.want('db', target('app'));
    world.write('db', { a: '1' });
    world.deploy('app', reads);
    await world.settle('app');
    for (const value of ['1', '1', '2']) {
      world.api.edit(builtin.deployment, TEAM, 'app', { metadata: { annotations: now(value) } });
      await world.settle('app');
      world.roll('app');
      await world.settle('app');
    }
    expect([world.patches.length, world.restarting.counted]).toEqual([
      2,
      ['Deployment restarted Manual', 'Deployment healthy', 'Deployment restarted Manual', 'Deployment healthy'],
    ]);
    expect(world.template('app')).toEqual({ [marker('restart_now')]: '2', [marker('db')]: `1.${contentOf({ a: '1' })}` });
  });

  it('goes past windows and intervals', async () => {
    using world = await due({
      ...reads,
      restart: { ...target('app'), windows: [{ cron: '0 5 * * *', duration: '1h' }], minInterval: '24h' },
    });
    expect(outcome(world)).toEqual([0, 'Pending', 'WindowClosed']);
    world.api.edit(builtin.deployment, TEAM, 'app', { metadata: { annotations: now('1') } });
    await world.settle('app');
    expect(outcome(world)).toEqual([1, 'Rolling', undefined]);
  });

  it('works for a workload that nobody restarts otherwise', async () => {
    using world = new WorkloadWorld(FREE);
    world.deploy('app', { annotations: now('1') });
    await world.settle('app');
    expect([world.patches.length, world.template('app')]).toEqual([1, { [marker('restart_now')]: '1' }]);
  });

  it.each([
    ['removes', null],
    ['replaces by an earlier one', 'earlier'],
  ])('is one restart, although another client %s the marker', async (_what, left) => {
    using world = new WorkloadWorld(FREE);
    world.deploy('app', { annotations: now('1') });
    await world.settle('app');
    world.roll('app');
    for (let count = 0; count < 2; count += 1) {
      world.api.edit(builtin.deployment, TEAM, 'app', {
        spec: { template: { metadata: { annotations: { [marker('restart_now')]: left } } } },
      });
      world.roll('app');
      await world.clock.advance(120_000);
      if (count > 0) world.restart();
      expect(await world.settle('app')).toEqual({ kind: 'done' });
    }
    expect(world.patches).toHaveLength(1);
    world.api.edit(builtin.deployment, TEAM, 'app', { metadata: { annotations: now('2') } });
    await world.settle('app');
    expect(world.patches).toHaveLength(2);
  });
});

describe('markers', () => {
  it('of an earlier version count: an upgrade restarts nobody', async () => {
    const content = contentOf({ a: '1' });
    using world = new WorkloadWorld(FREE);
    world.want('db', target('app'));
    world.deploy('app', { ...reads, template: { [marker('db')]: content } });
    await world.clock.advance(HOUR);
    world.write('db', { a: '1' });
    expect(await world.settle('app')).toEqual({ kind: 'done' });
    await world.clock.advance(HOUR);
    world.write('db', { a: '2' });
    await world.clock.advance(3_000);
    await world.settle('app');
    expect([world.patches.length, world.template('app')]).toEqual([1, { [marker('db')]: `2.${contentOf({ a: '2' })}` }]);
  });

  it('that the cache does not keep are read before they decide', async () => {
    const others = Object.fromEntries(Array.from({ length: MAX_OTHERS + 8 }, (_, index) => [marker(`a${index}`), '1.k1:x']));
    const own = { [marker('zz')]: `1.${contentOf({ a: '1' })}` };
    using world = new WorkloadWorld(FREE);
    world.want('zz', target('app'));
    world.write('zz', { a: '1' });
    world.deploy('app', { template: { ...others, ...own } });
    await world.clock.advance(HOUR);
    let gets = 0;
    world.api.fault = ({ verb, kind }) => void (gets += verb === 'get' && kind === 'Deployment' ? 1 : 0);
    expect(await world.settle('app')).toEqual({ kind: 'done' });
    expect([world.patches, world.member('zz').phase, gets > 0]).toEqual([[], 'Baseline', true]);
    world.write('zz', { a: '2' });
    await world.clock.advance(3_000);
    await world.settle('app');
    expect([world.patches.length, world.template('app')[marker('zz')]]).toEqual([1, `2.${contentOf({ a: '2' })}`]);
  });

  it('that cannot be read leave the workload waiting, with the reason', async () => {
    const others = Object.fromEntries(Array.from({ length: MAX_OTHERS + 8 }, (_, index) => [marker(`a${index}`), '1.k1:x']));
    using world = new WorkloadWorld(FREE);
    world.want('zz', target('app'));
    world.write('zz', { a: '1' });
    world.deploy('app', { template: others });
    world.api.fault = ({ verb, kind }) => (verb === 'get' && kind === 'Deployment' ? 'forbidden' : undefined);
    expect(await world.settle('app')).toMatchObject({ kind: 'retry' });
    expect(world.member('zz')).toMatchObject({ phase: 'Pending', reason: 'Forbidden' });
  });
});

describe('each kind', () => {
  it.each(['Deployment', 'StatefulSet', 'DaemonSet'] as const)('%s is restarted, and healthy when its pods are new', async (kind) => {
    using world = new WorkloadWorld(FREE);
    world.want('db', target('app', kind));
    world.write('db', { a: '1' });
    world.deploy('app', { ...reads, kind });
    await world.settle('app', kind);
    await world.clock.advance(HOUR);
    world.write('db', { a: '2' });
    await world.clock.advance(3_000);
    await world.settle('app', kind);
    expect(outcome(world)).toEqual([1, 'Rolling', undefined]);
    world.roll('app', kind);
    await world.settle('app', kind);
    expect(outcome(world)).toEqual([1, 'Healthy', undefined]);
  });

  it('Rollout with strategy restart gets the marker on itself, and restartAt', async () => {
    using world = new WorkloadWorld(FREE);
    world.want('db', target('app', 'Rollout'));
    world.deploy('app', { ...reads, kind: 'Rollout', annotations: { [setting('restart-strategy')]: 'restart' } });
    await world.clock.advance(60_000);
    world.write('db', { a: '1' });
    await world.settle('app', 'Rollout');
    await world.clock.advance(HOUR);
    world.write('db', { a: '2' });
    await world.clock.advance(3_000);
    await world.settle('app', 'Rollout');
    const rollout = world.api.find(consumerTypes.Rollout, TEAM, 'app');
    expect([world.patches.length, world.template('app', 'Rollout')]).toEqual([1, {}]);
    expect(rollout).toMatchObject({
      metadata: { annotations: { [marker('db')]: `2.${contentOf({ a: '2' })}` } },
      spec: { restartAt: '2026-01-01T01:01:03Z' },
    });
  });

  it('Deployment from which a Rollout takes its template is patched; the pods and the state are those of the Rollout', async () => {
    const rolloutOf = (status: object) => ({
      metadata: { name: 'canary', namespace: TEAM },
      spec: { replicas: 1, workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'app' } },
      status: { observedGeneration: '1', replicas: 1, updatedReplicas: 1, availableReplicas: 1, ...status },
    });
    const settled = { phase: 'Healthy', stableRS: 'one', currentPodHash: 'one' };
    using world = new WorkloadWorld(FREE);
    world.want('db', target('app'));
    world.write('db', { a: '1' });
    world.deploy('app', { ...reads, spec: { replicas: 0 } });
    world.api.put(consumerTypes.Rollout, rolloutOf({ ...settled, workloadObservedGeneration: '1' }));
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'canary-one', uid: 'rs', controller: true };
    world.api.put(builtin.pod, { metadata: { name: 'canary-one-1', namespace: TEAM, labels: { app: 'app' }, ownerReferences: [owner] } });
    await world.settle('app');
    await world.clock.advance(HOUR);
    world.write('db', { a: '2' });
    await world.clock.advance(60_000);
    await world.settle('app');
    expect(outcome(world)).toEqual([1, 'Rolling', undefined]);
    world.api.put(consumerTypes.Rollout, rolloutOf({ ...settled, workloadObservedGeneration: '2', phase: 'Degraded' }));
    await world.settle('app');
    expect(outcome(world)).toEqual([1, 'Failed', 'Degraded']);
    world.api.put(consumerTypes.Rollout, rolloutOf({ ...settled, workloadObservedGeneration: '2' }));
    await world.settle('app');
    expect(outcome(world)).toEqual([1, 'Healthy', undefined]);
  });
});

describe('a rollout that does not end', () => {
  it('fails at its deadline, with the pod that waits, and is healthy again by itself when it is', async () => {
    using world = await due({ ...reads, restart: { ...target('app'), timeout: '5m' } });
    world.model.broken.add(`Deployment/${TEAM}/app`);
    world.roll('app');
    expect(await world.settle('app')).toMatchObject({ kind: 'requeue', after: expect.any(Number) });
    await world.clock.advance(301_000);
    await world.settle('app');
    expect(outcome(world)).toEqual([1, 'Failed', 'RolloutTimeout']);
    expect(world.restarting.events.at(-1)).toMatchObject({ type: 'Warning', reason: 'RolloutFailed' });
    expect(world.restarting.counted).toEqual(['Deployment restarted Secret', 'Deployment unhealthy Secret']);
    world.model.broken.clear();
    world.roll('app');
    await world.settle('app');
    expect(outcome(world)).toEqual([1, 'Healthy', undefined]);
  });

  it('stops the others of its policy, until it is healthy on the current content', async () => {
    using world = new WorkloadWorld(FREE);
    const names = ['a', 'b'];
    world.want('db', { targets: names.map((name) => ({ kind: 'Deployment', name })), maxConcurrent: 1, timeout: '5m' });
    world.write('db', { a: '1' });
    for (const name of names) world.deploy(name, reads);
    for (const name of names) await world.settle(name);
    await world.clock.advance(HOUR);
    world.write('db', { a: '2' });
    await world.clock.advance(3_000);
    world.model.broken.add(`Deployment/${TEAM}/a`);
    for (const name of names) await world.settle(name);
    world.roll('a');
    await world.clock.advance(301_000);
    for (const name of [...names, ...names]) await world.settle(name);
    const phases = () => world.members('db').map(({ phase, reason }) => [phase, reason]);
    expect([world.patches, phases()]).toEqual([
      ['Deployment a'],
      [
        ['Failed', 'RolloutTimeout'],
        ['Pending', 'Halted'],
      ],
    ]);
    world.model.broken.clear();
    world.roll('a');
    for (const name of names) await world.settle(name);
    world.roll('b');
    for (const name of names) await world.settle(name);
    expect([world.patches, phases()]).toEqual([
      ['Deployment a', 'Deployment b'],
      [
        ['Healthy', undefined],
        ['Healthy', undefined],
      ],
    ]);
  });
});
