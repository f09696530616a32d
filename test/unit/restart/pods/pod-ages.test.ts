import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import type { KubeObject } from '../../../../src/api/object/object.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { keyOf, type Key } from '../../../../src/base/key.ts';
import type { MetadataScope } from '../../../../src/kube/port.ts';
import { ResponseTooLargeError } from '../../../../src/kube/rest/errors.ts';
import type { PodOwner } from '../../../../src/restart/pods/oldest-pod-search.ts';
import { PodAges } from '../../../../src/restart/pods/pod-ages.ts';
import { reduceConsumer } from '../../../../src/restart/consumer/reduce-consumer.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';
import { MemoryApi, refuse } from '../../../support/fakes/memory-api.ts';

const CHANGED = '2026-01-02T00:00:00.000Z';
const ENOUGH = Date.parse(CHANGED);
const OLD = '2026-01-01T00:00:00Z';
const YOUNG = '2026-01-03T00:00:00Z';
const found = (time: string | undefined) => ({ ok: true, value: { createdAt: time === undefined ? undefined : Date.parse(time) } });

function ownerOf(live: KubeObject): PodOwner {
  return { ...reduceConsumer('Deployment', live, keytender.annotations), type: builtin.deployment };
}

class Scene implements Disposable {
  readonly api = new MemoryApi();
  readonly clock = new FakeClock();
  readonly answered: Key[] = [];
  readonly scopes: MetadataScope[] = [];
  readonly ages: PodAges;
  readonly #stop = new AbortController();

  constructor() {
    const { api } = this;
    const page: MemoryApi['metadataPage'] = (type, scope) => {
      this.scopes.push(scope);
      return api.metadataPage(type, scope);
    };
    const client = { get: api.get.bind(api), list: api.list.bind(api), metadataPage: page };
    this.ages = new PodAges({ client, clock: this.clock, onAnswer: (key) => void this.answered.push(key) });
    void this.ages.run(this.#stop.signal);
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  deploy(namespace: string, name: string, selector: object = { matchLabels: { app: name } }): void {
    this.api.put(builtin.deployment, { metadata: { name, namespace }, spec: { selector, template: {} } });
  }

  addPods(namespace: string, name: string, count: number, createdAt: string, more: object = {}): void {
    this.api.now = () => createdAt;
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-abc12`, uid: 'rs', controller: true };
    for (let index = 0; index < count; index += 1) {
      const metadata = { name: `${name}-${createdAt}-${index}`, namespace, labels: { app: name }, ownerReferences: [owner], ...more };
      this.api.put(builtin.pod, { metadata, status: { phase: 'Running' } });
    }
  }

  ask(namespace: string, name: string, key = keyOf(namespace, name), earliest = ENOUGH, latest = earliest) {
    const live = this.api.find(builtin.deployment, namespace, name);
    return this.ages.ask(key, ownerOf(live!), { earliest: ms(earliest), latest: ms(latest) });
  }

  async answer(namespace: string, name: string) {
    expect(this.ask(namespace, name)).toBeUndefined();
    await settle();
    return this.ask(namespace, name);
  }
}

describe('PodAges', () => {
  it('finds the one old pod among many, page by page, and asks for metadata of pods that run', async () => {
    using scene = new Scene();
    scene.deploy('team', 'app');
    scene.addPods('team', 'app', 400, YOUNG);
    scene.addPods('team', 'app', 1, OLD);
    expect(await scene.answer('team', 'app')).toEqual(found(OLD));
    expect(scene.answered).toEqual(['team/app']);
    expect(scene.scopes[0]).toEqual({
      namespace: 'team',
      labelSelector: 'app=app',
      fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
      limit: 5,
    });
    expect(scene.scopes.length).toBeGreaterThan(2);
    // Further pages are as large as their pods let them be.
    expect(scene.scopes.at(-1)?.limit).toBe(250);
  });

  it('asks for fewer at a time where they are large', async () => {
    using scene = new Scene();
    scene.deploy('team', 'app');
    scene.addPods('team', 'app', 12, YOUNG, { annotations: { large: 'x'.repeat(250_000) } });
    expect(await scene.answer('team', 'app')).toEqual(found(YOUNG));
    expect(scene.scopes.map(({ limit }) => limit)).toEqual([5, 4, 4]);
  });

  it('believes that there is no old pod for as long as the workload is the same, and asks again about the rest', async () => {
    using scene = new Scene();
    scene.deploy('team', 'app');
    expect(await scene.answer('team', 'app')).toEqual(found(undefined));
    await scene.clock.advance(ms(3_600_000));
    expect(scene.ask('team', 'app')).toEqual(found(undefined));
    scene.api.edit(builtin.deployment, 'team', 'app', { spec: { replicas: 2 } });
    scene.addPods('team', 'app', 1, OLD);
    expect(await scene.answer('team', 'app')).toEqual(found(OLD));
    await scene.clock.advance(ms(30_000));
    expect(scene.ask('team', 'app')).toBeUndefined();
  });

  it('asks again if the oldest pod is younger than the earliest age only: another source is due by it', async () => {
    using scene = new Scene();
    scene.deploy('team', 'app');
    scene.addPods('team', 'app', 1, YOUNG);
    const ask = () => scene.ask('team', 'app', undefined, ENOUGH, Date.parse(YOUNG) + 1_000);
    expect(ask()).toBeUndefined();
    await settle();
    expect(ask()).toEqual(found(YOUNG));
    await scene.clock.advance(ms(30_000));
    expect(ask()).toBeUndefined();
  });

  it('answers the last question of a key, and not the one that it replaces', async () => {
    using scene = new Scene();
    scene.deploy('team', 'app');
    scene.addPods('team', 'app', 1, OLD);
    expect([scene.ask('team', 'app', undefined, ENOUGH), scene.ask('team', 'app', undefined, ENOUGH + 1_000)]).toEqual([
      undefined,
      undefined,
    ]);
    await settle();
    expect([scene.answered, scene.ask('team', 'app', undefined, ENOUGH + 1_000)]).toEqual([['team/app'], found(OLD)]);
    expect(scene.ask('team', 'app', undefined, ENOUGH)).toBeUndefined();
  });

  it('tells a refusal, and asks again when it is no longer believed', async () => {
    using scene = new Scene();
    scene.deploy('team', 'app');
    scene.api.fault = ({ verb, kind }) => (verb === 'list' && kind === 'Pod' ? 'forbidden' : undefined);
    expect(await scene.answer('team', 'app')).toMatchObject({ ok: false, failure: { kind: 'forbidden' } });
    scene.api.fault = () => undefined;
    await scene.clock.advance(ms(30_000));
    expect(await scene.answer('team', 'app')).toEqual(found(undefined));
  });

  it('lets another namespace in after each page', async () => {
    using scene = new Scene();
    for (const namespace of ['many', 'few']) scene.deploy(namespace, 'app');
    scene.addPods('many', 'app', 12, YOUNG);
    scene.addPods('few', 'app', 1, OLD);
    for (let index = 0; index < 20; index += 1) scene.ask('many', 'app', keyOf('many', `es-${index}`));
    scene.ask('few', 'app');
    await settle();
    expect(
      scene.scopes
        .slice(0, 2)
        .map(({ namespace }) => namespace)
        .sort(),
    ).toEqual(['few', 'many']);
    expect(scene.ask('few', 'app')).toEqual(found(OLD));
  });

  it('asks without a selector where that is too long for a request: the controller of a pod decides', async () => {
    using scene = new Scene();
    const matchLabels = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`label-${index}`, 'x']));
    scene.deploy('team', 'app', { matchLabels });
    scene.addPods('team', 'app', 1, OLD);
    expect(await scene.answer('team', 'app')).toEqual(found(OLD));
    expect(scene.scopes[0]).not.toHaveProperty('labelSelector');
  });

  it('finds nothing old behind a workload that is gone or selects no pods', async () => {
    using scene = new Scene();
    scene.deploy('team', 'app', {});
    expect(await scene.answer('team', 'app')).toEqual(found(undefined));
    scene.deploy('team', 'gone');
    expect(scene.ask('team', 'gone')).toBeUndefined();
    const owner = ownerOf(scene.api.find(builtin.deployment, 'team', 'gone')!);
    scene.api.remove(builtin.deployment, 'team', 'gone');
    await settle();
    expect(scene.ages.ask(keyOf('team', 'gone'), owner, { earliest: ms(ENOUGH), latest: ms(ENOUGH) })).toEqual(found(undefined));
  });

  it.each(['expired', 'too large'] as const)('goes on when a page is %s, and gives up when that does not end', async (problem) => {
    using scene = new Scene();
    scene.deploy('team', 'app');
    scene.addPods('team', 'app', 300, OLD, { deletionTimestamp: CHANGED });
    scene.addPods('team', 'app', 1, '2026-01-01T00:00:01Z');
    const page = scene.api.metadataPage.bind(scene.api);
    let failures = 2;
    scene.api.metadataPage = async (type, scope) => {
      if (scope.after === undefined && problem === 'expired') return page(type, scope);
      if ((failures -= 1) < 0) return page(type, scope);
      if (problem === 'expired') return refuse('expired');
      const { failure } = refuse('unavailable');
      return { ok: false, failure: { ...failure, cause: new ResponseTooLargeError('') } };
    };
    expect(await scene.answer('team', 'app')).toEqual(found('2026-01-01T00:00:01Z'));
    scene.api.edit(builtin.deployment, 'team', 'app', { spec: { replicas: 2 } });
    failures = Infinity;
    expect(await scene.answer('team', 'app')).toMatchObject({ ok: false });
  });

  it('answers no key that was forgotten meanwhile', async () => {
    using scene = new Scene();
    scene.deploy('team', 'app');
    scene.ask('team', 'app');
    scene.ages.forget(keyOf('team', 'app'));
    await settle();
    expect(scene.answered).toEqual([]);
  });
});
