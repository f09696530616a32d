// An ExternalSecret whose entries have two stores, over the real SDK and the emulator: both have a secret of the same name, in another region each.
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import type { ExternalSecretObject, ExternalSecretSpec } from '../../../src/api/schema/external-secret.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { type SecretObject, valueIn } from '../../../src/api/object/object.ts';
import { recordsOn } from '../../../src/apply/record.ts';
import { referencesOf } from '../../../src/reconcile/external-secret/sources/references.ts';
import type { NamedReference } from '../../../src/resolve/entries/plan-references.ts';
import { createSecretSource } from '../../../src/source/engine.ts';
import { dependantOf } from '../../../src/source/references/dependant.ts';
import { FakeClock, settleSlices } from '../../support/fake-clock.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';
import { ACCOUNT, startSdkWorld, type SdkWorld } from '../aws/sdk-world.ts';
import { DialectSide } from './dialect-side.ts';

const NAMESPACE = 'team';
const REGIONS = { aws: 'eu-central-1', other: 'us-east-1' } as const;
const MINUTE = 60_000;

/** The plan that a field for the store of an entry would give: `theirs` is read through the store `other`. */
function twoStores(spec: ExternalSecretSpec): readonly NamedReference[] {
  return referencesOf(spec).map((named) => (named.secretKey === 'theirs' ? { ...named, storeRef: { name: 'other' } } : named));
}

/** Counts the calls that are on their way, so that the clock stands still until they are answered. */
function counted<T extends object>(port: T, onWay: { count: number }): T {
  return new Proxy(port, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return async (...call: readonly unknown[]) => {
        onWay.count += 1;
        try {
          return await (member as (...call: readonly unknown[]) => unknown)(...call);
        } finally {
          onWay.count -= 1;
        }
      };
    },
  });
}

class Scene implements AsyncDisposable {
  readonly api = new MemoryApi();
  readonly aws: SdkWorld['aws'];
  /** Keys that the engine has notified. */
  readonly called: string[] = [];
  readonly #world: SdkWorld;
  readonly #onWay = { count: 0 };
  readonly #clock = new FakeClock(Date.now(), async () => {
    do await settleSlices();
    while (this.#onWay.count > 0);
  });
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #side: DialectSide | undefined;

  constructor(world: SdkWorld, target: ExternalSecretSpec['target']) {
    this.#world = world;
    this.aws = world.aws;
    const { externalSecret, secretStore } = keytender.kinds;
    const key = this.aws.addAccessKey({ account: ACCOUNT });
    const encoded = (text: string): string => Buffer.from(text).toString('base64');
    const data = { id: encoded(key.accessKeyId), secret: encoded(key.secretAccessKey) };
    this.api.put(builtin.secret, { metadata: { name: 'aws-key', namespace: NAMESPACE }, data });
    const ref = (name: string) => ({ name: 'aws-key', key: name });
    const auth = { secretRef: { accessKeyIDSecretRef: ref('id'), secretAccessKeySecretRef: ref('secret') } };
    for (const [name, region] of Object.entries(REGIONS)) {
      this.secretsOf(name as keyof typeof REGIONS).create('db', `${name} one`);
      const provider = { aws: { service: 'SecretsManager', region, auth } };
      this.api.put(secretStore, { metadata: { name, namespace: NAMESPACE }, spec: { provider } });
    }
    const entries = ['own', 'theirs'].map((secretKey) => ({ secretKey, remoteRef: { key: 'db' } }));
    const spec = { secretStoreRef: { name: 'aws' }, refreshInterval: '1m', data: entries, ...(target && { target }) };
    this.api.put(externalSecret, { metadata: { name: 'db', namespace: NAMESPACE }, spec });
    this.start();
  }

  /** A new process. */
  start(): void {
    this.#stop = new AbortController();
    const engine = createSecretSource({
      secrets: counted(this.#world.secrets, this.#onWay),
      clock: this.#clock,
      onChange: (dependant) => void this.called.push(dependantOf(dependant).key),
      random: () => 0,
    });
    this.#running = engine.run(this.#stop.signal);
    this.#side = new DialectSide(keytender, this.api, engine, this.#clock, this.#stop.signal, twoStores);
  }

  async end(): Promise<void> {
    this.#stop.abort(new DOMException('the process ends', 'AbortError'));
    await this.#running;
  }

  /** Reconciles; gives how many calls of AWS and how many writes that took. */
  async reconcile(): Promise<{ readonly calls: number; readonly writes: number }> {
    const before = { calls: this.calls, writes: this.api.writes.length };
    expect(await this.#side?.reconcile('db')).toMatchObject({ kind: 'done' });
    return { calls: this.calls - before.calls, writes: this.api.writes.length - before.writes };
  }

  /** All references are refreshed; gives the keys that were notified. */
  async refresh(): Promise<readonly string[]> {
    this.called.length = 0;
    const before = this.calls;
    await this.#clock.advance(MINUTE);
    expect(this.calls).toBeGreaterThanOrEqual(before + 2);
    return [...new Set(this.called)];
  }

  get calls(): number {
    return Object.values(this.aws.calls.byOperation).reduce((sum, count) => sum + count, 0);
  }

  secretsOf(store: keyof typeof REGIONS) {
    return this.aws.secrets(ACCOUNT, REGIONS[store]);
  }

  get resource(): ExternalSecretObject {
    return this.api.find(keytender.kinds.externalSecret, NAMESPACE, 'db') as unknown as ExternalSecretObject;
  }

  get secret(): SecretObject | undefined {
    return this.api.find(builtin.secret, NAMESPACE, 'db');
  }

  get data(): Readonly<Record<string, string>> {
    const { data } = this.secret ?? {};
    return Object.fromEntries(['own', 'theirs'].map((key) => [key, Buffer.from(valueIn(data, key) ?? '', 'base64').toString()]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await this.#world[Symbol.asyncDispose]();
  }
}

describe.each<[string, ExternalSecretSpec['target'] | undefined]>([
  ['a Secret', undefined],
  ['a status only (creationPolicy None)', { creationPolicy: 'None' }],
])('two stores with equal keys, recorded on %s', (_where, target) => {
  it('are read once, and then neither read nor written again, also after a refresh and after a restart', async () => {
    await using scene = new Scene(await startSdkWorld(), target);
    const first = await scene.reconcile();
    expect(first.calls).toBe(2);
    if (target === undefined) expect(scene.data).toEqual({ own: 'aws one', theirs: 'other one' });
    const versions = Object.keys(REGIONS).map(
      (store) => scene.secretsOf(store as keyof typeof REGIONS).describe('db').labels['AWSCURRENT'],
    );
    expect(scene.resource.status?.sources).toMatchObject([
      { key: 'db', stage: 'AWSCURRENT', versionId: versions[0] },
      { key: 'db', store: 'SecretStore/other', stage: 'AWSCURRENT', versionId: versions[1] },
    ]);
    expect(scene.resource.status?.sources?.[0]).not.toHaveProperty('store');
    expect(await scene.reconcile()).toEqual({ calls: 0, writes: 0 });
    expect(await scene.refresh()).toEqual([]);
    expect(await scene.reconcile()).toEqual({ calls: 0, writes: 0 });
    await scene.end();
    scene.start();
    expect(await scene.reconcile()).toEqual({ calls: 0, writes: 0 });
    expect(await scene.refresh()).toEqual([]);
    expect(await scene.reconcile()).toEqual({ calls: 0, writes: 0 });
  });

  it.each(['aws', 'other'] as const)('are noticed to change each for itself: %s', async (store) => {
    await using scene = new Scene(await startSdkWorld(), target);
    await scene.reconcile();
    const before = scene.resource.status?.sources;
    const { versionId } = scene.secretsOf(store).put('db', `${store} two`);
    expect(await scene.refresh()).toEqual(['team/db']);
    expect((await scene.reconcile()).writes).toBe(target === undefined ? 2 : 1);
    const place = store === 'aws' ? 0 : 1;
    expect(scene.resource.status?.sources?.map((source) => source.versionId)).toEqual(
      before?.map((source, index) => (index === place ? versionId : source.versionId)),
    );
    if (target === undefined) {
      expect(scene.data).toEqual({ own: 'aws one', theirs: 'other one', [store === 'aws' ? 'own' : 'theirs']: `${store} two` });
    }
    expect(await scene.refresh()).toEqual([]);
    expect(await scene.reconcile()).toEqual({ calls: 0, writes: 0 });
  });
});

describe('each of two stores', () => {
  it.each(['aws', 'other'] as const)('is part of the inputs: a change of %s is acted on', async (name) => {
    await using scene = new Scene(await startSdkWorld(), undefined);
    await scene.reconcile();
    const inputs = () => [...recordsOn(keytender.records, scene.secret?.metadata.annotations).values()].map((record) => record.inputs);
    const before = inputs();
    scene.api.edit(keytender.kinds.secretStore, NAMESPACE, name, { spec: { allowedKeys: ['*'] } });
    await scene.reconcile();
    expect(inputs()).not.toEqual(before);
    expect(await scene.reconcile()).toEqual({ calls: 0, writes: 0 });
  });

  it('has limits of its own, and is told of by its entry', async () => {
    await using scene = new Scene(await startSdkWorld(), undefined);
    scene.api.edit(keytender.kinds.secretStore, NAMESPACE, 'other', { spec: { allowedKeys: ['app/*'] } });
    expect((await scene.reconcile()).calls).toBe(0);
    expect(scene.resource.status?.conditions).toMatchObject([
      { reason: 'KeyNotAllowed', message: expect.stringContaining('data[1]: key "db" matches no spec.allowedKeys of SecretStore "other"') },
    ]);
    expect(scene.secret).toBeUndefined();
  });
});
