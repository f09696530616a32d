// The model of the workload controllers, against the rules that Kubernetes documents.
import { describe, expect, test } from '@jest/globals';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';
import { type ModelKind, modelTypes, RolloutModel } from '../../support/fakes/rollout-model.ts';

class Scene {
  readonly api = new MemoryApi();
  now = 1_000;
  lag = 0;
  readonly model = new RolloutModel(this.api, { now: () => this.now, lag: () => this.lag });
  readonly workload: { readonly kind: ModelKind; readonly namespace: string; readonly name: string };

  constructor(kind: ModelKind, spec: object = {}) {
    this.workload = { kind, namespace: 'team', name: 'app' };
    this.write('one');
    this.api.put(modelTypes[kind], {
      metadata: { name: 'app', namespace: 'team' },
      spec: { replicas: 3, selector: { matchLabels: { app: 'app' } }, template: {}, ...spec },
    });
    this.run();
  }

  write(value: string): void {
    this.api.put(builtin.secret, { metadata: { name: 'db', namespace: 'team' }, data: { value } });
  }

  edit(spec: object): void {
    this.api.edit(modelTypes[this.workload.kind], 'team', 'app', { spec });
  }

  roll(marker: string): void {
    this.edit({ template: { metadata: { annotations: { marker } } } });
  }

  /** Until nothing is left to do. Returns the number of pods after each action. */
  run(): readonly number[] {
    const counts: number[] = [];
    while (this.model.step(this.workload)) counts.push(this.model.podsOf(this.workload).length);
    return counts;
  }

  get values(): readonly (string | undefined)[] {
    return this.model.readsOf(this.workload, 'db').map((data) => data?.['value']);
  }

  get status(): unknown {
    return this.api.find(modelTypes[this.workload.kind], 'team', 'app')?.['status'];
  }
}

describe('a Deployment', () => {
  test('is rolled with one pod more at a time, and its status follows', () => {
    const scene = new Scene('Deployment');
    scene.write('two');
    expect(scene.values).toEqual(['one', 'one', 'one']);
    scene.roll('1');
    const counts = scene.run();
    expect([Math.min(...counts), Math.max(...counts), scene.values]).toEqual([3, 4, ['two', 'two', 'two']]);
    expect(scene.status).toMatchObject({ replicas: 3, updatedReplicas: 3, availableReplicas: 3, observedGeneration: 2 });
  });

  test('keeps its pods while it is paused, and is rolled once afterwards', () => {
    const scene = new Scene('Deployment', { paused: true });
    scene.write('two');
    scene.roll('1');
    scene.run();
    expect([scene.values, scene.status]).toMatchObject([['one', 'one', 'one'], { updatedReplicas: 0 }]);
    scene.edit({ paused: null });
    scene.run();
    expect(scene.values).toEqual(['two', 'two', 'two']);
  });

  test('whose new pods do not become ready keeps the old ones, and goes on when they are', () => {
    const scene = new Scene('Deployment');
    scene.model.broken.add('Deployment/team/app');
    scene.write('two');
    scene.roll('1');
    scene.run();
    expect(scene.values).toEqual(['one', 'one', 'one', 'two']);
    scene.model.broken.clear();
    scene.run();
    expect(scene.values).toEqual(['two', 'two', 'two']);
  });

  test('numbers each template, also one that comes again', () => {
    const scene = new Scene('Deployment');
    const number = () => scene.api.find(builtin.deployment, 'team', 'app')?.metadata.annotations?.['deployment.kubernetes.io/revision'];
    const numbers = ['1', '2', '1'].map((marker) => {
      scene.roll(marker);
      scene.run();
      return number();
    });
    expect(numbers).toEqual(['2', '3', '4']);
  });
});

describe('a StatefulSet', () => {
  test('is rolled from the highest ordinal, one at a time, down to the partition', () => {
    const scene = new Scene('StatefulSet', { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } });
    scene.write('two');
    scene.roll('1');
    expect(Math.min(...scene.run())).toBe(2);
    expect(scene.values).toEqual(['one', 'two', 'two']);
    expect(scene.status).toMatchObject({ updatedReplicas: 2, availableReplicas: 3 });
  });

  test('with OnDelete replaces a pod when somebody deletes it', () => {
    const scene = new Scene('StatefulSet', { updateStrategy: { type: 'OnDelete' } });
    scene.write('two');
    scene.roll('1');
    scene.run();
    expect(scene.values).toEqual(['one', 'one', 'one']);
    scene.model.deletePod(scene.workload, scene.model.podsOf(scene.workload)[1]!.pod.uid);
    scene.run();
    expect(scene.values).toEqual(['one', 'two', 'one']);
  });
});

test('a DaemonSet has one pod, and its status has its own words', () => {
  const scene = new Scene('DaemonSet');
  scene.write('two');
  scene.roll('1');
  scene.run();
  expect([scene.values, scene.status]).toMatchObject([
    ['two'],
    { desiredNumberScheduled: 1, updatedNumberScheduled: 1, numberAvailable: 1 },
  ]);
});

test('kubelet can serve the value from before', () => {
  const scene = new Scene('Deployment');
  scene.lag = 1_000;
  scene.now += 60_000;
  scene.write('two');
  scene.now += 500;
  scene.roll('1');
  scene.run();
  expect(scene.values).toEqual(['one', 'one', 'one']);
});

test('pods of a deleted workload go, also if one with its name comes at once', () => {
  const scene = new Scene('Deployment');
  const before = scene.model.podsOf(scene.workload).map(({ pod }) => pod.uid);
  scene.api.remove(builtin.deployment, 'team', 'app');
  scene.api.put(builtin.deployment, { metadata: { name: 'app', namespace: 'team' }, spec: { replicas: 1, template: {} } });
  scene.run();
  const after = scene.model.podsOf(scene.workload).map(({ pod }) => pod.uid);
  expect([after.length, after.some((uid) => before.includes(uid))]).toEqual([1, false]);
});
