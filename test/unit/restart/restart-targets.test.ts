import { describe, expect, it } from '@jest/globals';
import type { RestartTarget } from '../../../src/api/schema/external-secret.ts';
import type { RestartStatus } from '../../../src/api/schema/restart-status.ts';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { valueIn, type KubeObject } from '../../../src/api/object/object.ts';
import type { KubeResult } from '../../../src/kube/port.ts';
import type { Workload } from '../../../src/restart/port.ts';
import { workloadKinds, type WorkloadKind, workloadTypes } from '../../../src/api/object/workload-kinds.ts';
import { keyOf } from '../../../src/base/key.ts';
import { PodAges } from '../../../src/restart/pod-ages.ts';
import { RestartGuard } from '../../../src/restart/restart-guard.ts';
import { restartTargets } from '../../../src/restart/restart-targets.ts';
import { reduceWorkload } from '../../../src/restart/workload.ts';
import { Store } from '../../../src/watch/store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';

const marker = `${keytender.annotations.restartPrefix}database`;
const NOW = '2026-01-03T00:00:00.000Z';
const first = { marker: { current: marker }, content: 'c1' };
const changed = { marker: { current: marker }, content: 'c2', changedAt: '2026-01-02T00:00:00.000Z' };
const target = (kind: RestartTarget['kind'], name = 'app'): RestartTarget => ({ kind, name });

class Scene {
  readonly api = new MemoryApi();
  readonly guard = new RestartGuard(new FakeClock());
  readonly workloads = { Deployment: new Store<Workload>(), StatefulSet: new Store<Workload>(), DaemonSet: new Store<Workload>() };
  unlisted: WorkloadKind | undefined;
  confirmed: KubeResult<boolean> = { ok: true, value: true };
  before: readonly RestartStatus[] = [];
  readonly #stop = new AbortController();
  #answered = Promise.withResolvers<void>();
  readonly #ages = new PodAges({ clock: new FakeClock(), client: this.api, onAnswer: () => this.#answered.resolve() });

  constructor() {
    void this.#ages.run(this.#stop.signal);
  }

  add(kind: RestartTarget['kind'], content?: string, name = 'app'): void {
    const annotations = content === undefined ? {} : { [marker]: content };
    const spec = { selector: { matchLabels: { app: name } }, template: { metadata: { annotations } } };
    this.api.put(workloadTypes[kind], { metadata: { name, namespace: 'team' }, spec });
    const { uid } = this.api.find(workloadTypes[kind], 'team', name)!.metadata;
    const owner = kind === 'Deployment' ? { kind: 'ReplicaSet', name: `${name}-5d4f`, uid: 'rs' } : { kind, name, uid };
    this.api.put(builtin.pod, {
      metadata: {
        name: `${kind.toLowerCase()}-${name}`,
        namespace: 'team',
        labels: { app: name },
        ownerReferences: [{ ...owner, controller: true }],
      },
    });
    this.see();
  }

  /** The watch delivers. */
  see(): void {
    for (const kind of workloadKinds) {
      this.workloads[kind].replace(
        this.api.all(workloadTypes[kind]).map((raw) => reduceWorkload(kind, raw as KubeObject, keytender.annotations.restartPrefix)),
      );
    }
  }

  async restart(facts: typeof first | typeof changed, ...targets: readonly RestartTarget[]) {
    const confirm = (): Promise<KubeResult<boolean>> => Promise.resolve(this.confirmed);
    const { workloads, api: client, guard } = this;
    const isRead = (kind: WorkloadKind): boolean => kind !== this.unlisted;
    const runsOldPods = (workload: Workload, changedAt: string) => this.#ages.ask(keyOf('team', 'orders'), workload, changedAt);
    const markerPrefix = keytender.annotations.restartPrefix;
    const context = {
      words: keytender.words,
      markerPrefix,
      workloads,
      isRead,
      client,
      guard,
      runsOldPods,
      confirm,
      now: NOW,
      signal: this.#stop.signal,
    };
    let outcome = await restartTargets('team', targets, facts, this.before, context);
    while (outcome.waits) {
      await this.#answered.promise;
      this.#answered = Promise.withResolvers<void>();
      outcome = await restartTargets('team', targets, facts, this.before, context);
    }
    this.before = outcome.statuses;
    return outcome;
  }

  markerOf(kind: RestartTarget['kind'], name = 'app'): string | undefined {
    const { spec } = this.api.find(workloadTypes[kind], 'team', name) as unknown as {
      spec: { template: { metadata?: { annotations?: Record<string, string> } } };
    };
    return valueIn(spec.template.metadata?.annotations, marker);
  }
}

describe.each(workloadKinds)('restartTargets, a %s', (kind) => {
  it('is left alone at the first content, rolled once for the next, and then left alone again', async () => {
    const scene = new Scene();
    scene.add(kind);
    expect(await scene.restart(first, target(kind))).toMatchObject({
      statuses: [{ state: 'Current', content: 'c1' }],
      restarted: [],
      failures: [],
    });
    expect(await scene.restart(changed, target(kind))).toMatchObject({
      statuses: [{ state: 'Restarted', content: 'c2', restartedAt: NOW }],
      restarted: [{ target: target(kind) }],
    });
    expect(scene.markerOf(kind)).toBe('c2');
    scene.see();
    const writes = scene.api.writes.length;
    expect(await scene.restart(changed, target(kind))).toMatchObject({
      statuses: [{ state: 'Restarted', restartedAt: NOW }],
      restarted: [],
    });
    expect(scene.api.writes.length).toBe(writes);
  });

  it('is not rolled when it started after the change', async () => {
    const scene = new Scene();
    scene.api.now = () => '2026-01-02T00:00:10Z';
    scene.add(kind);
    expect(await scene.restart(changed, target(kind))).toMatchObject({ statuses: [{ state: 'Current' }], restarted: [] });
  });

  it('is rolled again after somebody has undone it', async () => {
    const scene = new Scene();
    scene.add(kind, 'c1');
    expect(await scene.restart({ ...first, content: 'c2' }, target(kind))).toMatchObject({ restarted: [{ target: target(kind) }] });
  });
});

describe('restartTargets', () => {
  it('says that it does not know of a kind that could not be listed, and that it does not exist only where it was', async () => {
    const scene = new Scene();
    scene.unlisted = 'DaemonSet';
    const { failures } = await scene.restart(first, target('DaemonSet'), target('Deployment'));
    expect(failures.map(({ reason, message }) => [reason, message])).toEqual([
      ['Forbidden', 'DaemonSet "app": the operator cannot list DaemonSets here, so it may exist'],
      ['RestartTargetNotFound', 'Deployment "app" does not exist'],
    ]);
  });

  it('restarts the others when one is missing or cannot be patched', async () => {
    const scene = new Scene();
    scene.add('Deployment');
    scene.add('Deployment', undefined, 'denied');
    scene.api.fault = ({ verb, name }) => (verb === 'patch' && name === 'denied' ? 'forbidden' : undefined);
    const targets = [target('Deployment', 'gone'), target('Deployment', 'denied'), target('Deployment')];
    const { statuses, restarted, failures } = await scene.restart(changed, ...targets);
    expect(statuses.map(({ name, state }) => [name, state])).toEqual([
      ['gone', 'Failed'],
      ['denied', 'Failed'],
      ['app', 'Restarted'],
    ]);
    expect(restarted).toMatchObject([{ target: target('Deployment') }]);
    expect(failures.map(({ reason }) => reason)).toEqual(['RestartTargetNotFound', 'RestartFailed']);
    expect(statuses[0]?.message).toMatch(/^Deployment "gone" does not exist; create /);
  });

  it('looks again when the workload has changed meanwhile, and takes back nothing newer', async () => {
    const scene = new Scene();
    scene.add('Deployment');
    scene.api.edit(builtin.deployment, 'team', 'app', { metadata: { labels: { rolling: 'x' } } });
    expect(await scene.restart(changed, target('Deployment'))).toMatchObject({ restarted: [{ target: target('Deployment') }] });

    const late = new Scene();
    late.add('Deployment');
    late.api.edit(builtin.deployment, 'team', 'app', { spec: { template: { metadata: { annotations: { [marker]: 'c2' } } } } });
    expect(await late.restart(changed, target('Deployment'))).toMatchObject({ statuses: [{ state: 'Restarted' }], restarted: [] });
    late.api.remove(builtin.deployment, 'team', 'app');
    expect(await late.restart({ ...first, content: 'c3' }, target('Deployment'))).toMatchObject({ failures: [] });
  });

  it('finds a workload gone that was there when it looked', async () => {
    const scene = new Scene();
    scene.add('Deployment', 'c1');
    scene.api.fault = ({ verb }) => {
      if (verb === 'patch') scene.api.remove(builtin.deployment, 'team', 'app');
      return undefined;
    };
    expect(await scene.restart(changed, target('Deployment'))).toMatchObject({ failures: [{ reason: 'RestartTargetNotFound' }] });
  });

  it('leaves it to the queue when each try is overtaken', async () => {
    const scene = new Scene();
    scene.add('Deployment', 'c1');
    scene.api.fault = ({ verb }) => (verb === 'patch' ? 'conflict' : undefined);
    expect(await scene.restart(changed, target('Deployment'))).toMatchObject({
      statuses: [{ state: 'Failed' }],
      failures: [{ reason: 'Conflict' }],
    });
  });

  it('restarts nobody for content that the Secret holds no more', async () => {
    const scene = new Scene();
    scene.add('Deployment', 'c1');
    scene.confirmed = { ok: true, value: false };
    expect(await scene.restart(changed, target('Deployment'))).toMatchObject({ failures: [{ reason: 'Conflict' }] });
    scene.confirmed = { ok: false, failure: { kind: 'unavailable', status: 0, message: 'no answer' } };
    expect(await scene.restart(changed, target('Deployment'))).toMatchObject({ failures: [{ reason: 'KubernetesUnavailable' }] });
    expect(scene.markerOf('Deployment')).toBe('c1');
  });

  it('does not fight whoever takes the marker away, and says when it goes on', async () => {
    const scene = new Scene();
    scene.add('Deployment', 'c1');
    for (let round = 0; round < 3; round += 1) {
      expect(await scene.restart(changed, target('Deployment'))).toMatchObject({ restarted: [{ target: target('Deployment') }] });
      scene.api.edit(builtin.deployment, 'team', 'app', { spec: { template: { metadata: { annotations: { [marker]: 'c1' } } } } });
      scene.see();
    }
    expect(await scene.restart(changed, target('Deployment'))).toMatchObject({
      failures: [{ reason: 'RestartFailed', retryAfterMs: 30_000 }],
    });
  });

  it.each(['list', 'get'] as const)('says so when it cannot %s', async (verb) => {
    const scene = new Scene();
    scene.add('Deployment', verb === 'list' ? undefined : 'c1');
    scene.api.fault = (call) => (call.verb === verb ? 'forbidden' : call.verb === 'patch' ? 'conflict' : undefined);
    expect(await scene.restart(changed, target('Deployment'))).toMatchObject({ failures: [{ reason: 'Forbidden' }] });
  });

  it('says of a paused Deployment that its old pods stay, and that it is rolled once they are gone', async () => {
    const scene = new Scene();
    scene.add('Deployment', 'c1');
    const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1 };
    scene.api.edit(builtin.deployment, 'team', 'app', { spec: { paused: true }, status });
    scene.see();
    expect(await scene.restart(changed, target('Deployment'))).toMatchObject({
      statuses: [{ state: 'Blocked', content: 'c2', message: expect.stringContaining('paused') }],
      restarted: [{ hold: 'Paused' }],
    });
    scene.see();
    expect(await scene.restart(changed, target('Deployment'))).toMatchObject({ statuses: [{ state: 'Blocked' }], restarted: [] });
    scene.api.edit(builtin.deployment, 'team', 'app', { spec: { paused: false } });
    scene.see();
    expect(await scene.restart(changed, target('Deployment'))).toMatchObject({ statuses: [{ state: 'Restarted', restartedAt: NOW }] });
    // Whoever holds up another template later holds up no restart.
    scene.api.edit(builtin.deployment, 'team', 'app', { spec: { paused: true, replicas: 2 } });
    scene.see();
    expect(await scene.restart(changed, target('Deployment'))).toMatchObject({ statuses: [{ state: 'Restarted' }] });
  });

  it('asks the API server for a workload that no cache has, before it says that there is none', async () => {
    const scene = new Scene();
    scene.add('DaemonSet', 'c1');
    scene.workloads.DaemonSet.replace([]);
    expect(await scene.restart(changed, target('DaemonSet'))).toMatchObject({ statuses: [{ state: 'Restarted' }] });
    scene.workloads.DaemonSet.replace([]);
    scene.api.fault = ({ verb }) => (verb === 'get' ? 'forbidden' : undefined);
    expect(await scene.restart(changed, target('DaemonSet'))).toMatchObject({ failures: [{ reason: 'Forbidden' }] });
  });

  it('reads a workload that has more markers than are kept', async () => {
    const scene = new Scene();
    scene.add('Deployment', 'c1');
    const markers = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`${keytender.annotations.restartPrefix}0${index}`, 'c']));
    scene.api.edit(builtin.deployment, 'team', 'app', { spec: { template: { metadata: { annotations: { [marker]: null } } } } });
    scene.api.edit(builtin.deployment, 'team', 'app', {
      spec: { template: { metadata: { annotations: { ...markers, [marker]: 'c2' } } } },
    });
    scene.see();
    expect(scene.workloads.Deployment.get(keyOf('team', 'app'))?.markers).not.toHaveProperty([marker]);
    const writes = scene.api.writes.length;
    expect(await scene.restart(changed, target('Deployment'))).toMatchObject({ statuses: [{ state: 'Restarted' }], restarted: [] });
    expect(scene.api.writes.length).toBe(writes);
  });

  it('finds nothing to restart behind a workload that selects no pods', async () => {
    const scene = new Scene();
    scene.api.put(builtin.deployment, { metadata: { name: 'app', namespace: 'team' }, spec: {} });
    scene.see();
    expect(await scene.restart(changed, target('Deployment'))).toMatchObject({ statuses: [{ state: 'Current' }] });
  });

  it('says when it was rolled, also if a crash has kept the status from saying so', async () => {
    const scene = new Scene();
    scene.add('Deployment', 'c2');
    expect(await scene.restart(changed, target('Deployment'))).toMatchObject({ statuses: [{ state: 'Restarted', restartedAt: NOW }] });
    scene.before = [{ ...target('Deployment'), state: 'Restarted', content: 'c2', restartedAt: '2026-01-02T00:00:01.000Z' }];
    expect(await scene.restart(changed, target('Deployment'))).toMatchObject({ statuses: [{ restartedAt: '2026-01-02T00:00:01.000Z' }] });
  });
});
