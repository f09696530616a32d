/** ExternalSecrets and all that reconciling them touches, in memory: an API server, AWS's values, workloads with pods and their restarts, and an operator that may die. */
import type { Renderer } from '../../../src/render/port.ts';
import { plainRenderer } from '../../../src/render/render-secret.ts';
import { nameOnlyExternalSecret, nameOnlySecret } from '../../../src/view/name-only.ts';
import type { ExternalSecretObject, ExternalSecretSpec } from '../../../src/api/schema/external-secret.ts';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { groupResource } from '../../../src/api/object/resource-type.ts';
import { valueIn, type SecretObject } from '../../../src/api/object/object.ts';
import type { StoreObject } from '../../../src/api/schema/secret-store.ts';
import { reduceSecret, type ManagedSecret } from '../../../src/apply/managed-secret.ts';
import { recordsOn } from '../../../src/apply/record.ts';
import { controllerOf, externalSecretIndexes, writersOf } from '../../../src/view/indexes.ts';
import { ms } from '../../../src/base/time/clock.ts';
import type { DigestKey } from '../../../src/base/digest.ts';
import { keyOf, type Key } from '../../../src/base/key.ts';
import type { EventRecord } from '../../../src/kube/port.ts';
import type { WorkResult } from '../../../src/queue/port.ts';
import { reconcileExternalSecret } from '../../../src/reconcile/external-secret/reconcile.ts';
import type { ExternalSecretContext } from '../../../src/reconcile/external-secret/context.ts';
import { DriftGuard } from '../../../src/reconcile/external-secret/limits/drift-guard.ts';
import { ForceSyncs } from '../../../src/reconcile/external-secret/limits/force-syncs.ts';
import { MissingStores } from '../../../src/reconcile/external-secret/limits/missing-stores.ts';
import { referencesOf } from '../../../src/reconcile/external-secret/sources/references.ts';
import { WriterQueue } from '../../../src/reconcile/external-secret/limits/writer-queue.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import { OwnStatuses } from '../../../src/reconcile/shared/own-statuses.ts';
import { CredentialCache } from '../../../src/resolve/credentials/credential-cache.ts';
import { referenceKey } from '../../../src/source/references/reference-key.ts';
import { BudgetedStore } from '../../../src/view/budgeted-store.ts';
import { costOfManagedSecret } from '../../../src/view/object-cost.ts';
import { Store } from '../../../src/watch/store.ts';
import type { ObjectReference } from '../../../src/watch/port.ts';
import { Crash, MemoryApi } from '../../support/fakes/memory-api.ts';
import { MemorySource, MemoryValues } from '../../support/fakes/memory-source.ts';
import { type ModelWorkload, RolloutModel } from '../../support/fakes/rollout-model.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { silent, uncounted } from './reporting.ts';
import { Restarting } from './workload/restarting.ts';

export const NAMESPACE = 'team';
const { externalSecret, secretStore } = keytender.kinds;

export class World {
  readonly api = new MemoryApi();
  readonly values = new MemoryValues();
  readonly clock = new FakeClock();
  readonly events: EventRecord[] = [];
  renderer: Renderer = plainRenderer(keytender.reservedDomains);
  /** What the operator has logged as an error. */
  readonly errors: unknown[][] = [];
  digestKey: DigestKey = { id: 'k1', bytes: Buffer.alloc(32, 1) };
  /** Objects that the operator watches by name, by who asked for it. */
  readonly watched = new Map<Key, readonly ObjectReference[]>();
  /** How many rounds ended with all they had found in the API. */
  recorded = 0;
  /** Keys that waited for others that write to the same Secret, and may go on. */
  readonly called = new Set<Key>();
  /** Whether the watch of Secrets is ahead of that of ExternalSecrets, so that each Secret arrives before its writers are known. */
  secretsFirst = false;
  /** ExternalSecrets that are more than their namespace may have kept. */
  readonly nameOnly = new Set<string>();
  /** Secrets and Deployments that are more than that. */
  readonly nameOnlyOthers = new Set<string>();
  source = new MemorySource(this.values, () => this.clock.now());
  readonly #stop = new AbortController();
  readonly #model: RolloutModel;
  readonly #deployed = new Set<string>();
  #restarting: Restarting;
  #context: ExternalSecretContext;
  /** Bytes for the Secrets that are read once more. */
  memory = 1024 * 1024;
  #stores = freshStores(this.memory);

  constructor() {
    this.api.now = () => new Date(this.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    this.#model = new RolloutModel(this.api, { now: () => this.clock.now() });
    this.#restarting = this.#freshRestarting();
    this.#context = this.#freshContext();
  }

  /** A store that everything in the namespace may use, and the ExternalSecret. */
  apply(name: string, spec: Partial<ExternalSecretSpec>, metadata: object = {}): void {
    if (this.api.find(secretStore, NAMESPACE, 'aws') === undefined) {
      const provider = { aws: { service: 'SecretsManager', region: 'eu-central-1' } };
      this.api.put(secretStore, { metadata: { name: 'aws', namespace: NAMESPACE }, spec: { provider } });
    }
    this.api.put(externalSecret, {
      metadata: { name, namespace: NAMESPACE, ...metadata },
      spec: { secretStoreRef: { name: 'aws' }, refreshInterval: '1m', ...spec },
      ...(this.resource(name)?.status !== undefined && { status: this.resource(name)?.status }),
    });
  }

  remove(name: string): void {
    this.api.remove(externalSecret, NAMESPACE, name);
  }

  /** A Deployment with one running pod. */
  deploy(name: string): void {
    this.api.put(builtin.deployment, {
      metadata: { name, namespace: NAMESPACE },
      spec: { selector: { matchLabels: { app: name } }, template: {} },
    });
    this.#deployed.add(name);
    this.roll(name);
  }

  /** What the Deployment's controller and kubelet do, until nothing is left to do. True: there was something. */
  roll(name: string): boolean {
    let steps = 0;
    while (this.rollStep(name)) steps += 1;
    return steps > 0;
  }

  /** One action of them. */
  rollStep(name: string): boolean {
    return this.#model.step(deployment(name));
  }

  /** The data of a Secret, as each pod of the Deployment read it when it started. */
  readsOf(name: string, secret: string): readonly unknown[] {
    return this.#model.readsOf(deployment(name), secret);
  }

  restartEvents(): readonly string[] {
    return this.#restarting.events.map(({ regarding, reason }) => `${regarding.kind} ${reason}`);
  }

  resource(name: string): ExternalSecretObject | undefined {
    return this.api.find(externalSecret, NAMESPACE, name) as ExternalSecretObject | undefined;
  }

  ready(name: string): string | undefined {
    return this.resource(name)?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
  }

  secret(name: string): SecretObject | undefined {
    return this.api.find(builtin.secret, NAMESPACE, name);
  }

  data(name: string): Readonly<Record<string, string>> | undefined {
    const { data } = this.secret(name) ?? { data: undefined };
    const keys = Object.keys(data ?? {}).sort();
    return this.secret(name) && Object.fromEntries(keys.map((key) => [key, Buffer.from(valueIn(data, key) ?? '', 'base64').toString()]));
  }

  /** The content id on the Secret that the ExternalSecret has recorded. */
  content(name: string): string | undefined {
    return recordsOn(keytender.records, this.secret(name)?.metadata.annotations).get(this.resource(name)?.metadata.uid ?? '')?.content;
  }

  /** The watches deliver all there is. */
  sync(): void {
    const all = <T>(kind: Parameters<MemoryApi['all']>[0]): T[] => this.api.all(kind) as unknown as T[];
    const stores = this.#stores;
    const resources = all<ExternalSecretObject>(externalSecret);
    stores.resources.replace(resources.map((one) => (this.nameOnly.has(one.metadata.name) ? nameOnlyExternalSecret(one, 1_000) : one)));
    stores.secretStores.replace(all<StoreObject>(secretStore));
    const managed = all<SecretObject>(builtin.secret).filter(
      ({ metadata }) => valueIn(metadata.labels, keytender.labels.managed) === 'true',
    );
    stores.managedSecrets.replace(managed.map((secret) => this.#reduce(secret)));
    this.#restarting.sync();
  }

  #reduce(secret: SecretObject): ManagedSecret {
    const reduced = reduceSecret(
      { digestKey: this.digestKey, dialect: keytender },
      secret,
      this.secretsFirst ? [] : writersOf(secret.metadata, this.#stores.resources),
    );
    return this.nameOnlyOthers.has(secret.metadata.name) ? nameOnlySecret(reduced, 5_000) : reduced;
  }

  /** A new process: nothing is left but what the API and AWS hold. */
  restart(): void {
    this.#stores = freshStores(this.memory);
    this.source = new MemorySource(this.values, () => this.clock.now());
    this.watched.clear();
    this.called.clear();
    this.#restarting[Symbol.dispose]();
    this.#restarting = this.#freshRestarting();
    this.#context = this.#freshContext();
    this.sync();
  }

  /** One reconcile with what the caches hold now. A crash gives a new process. */
  reconcile(name: string, signal = this.#stop.signal): Promise<WorkResult | 'crashed'> {
    return this.#orCrash(() => reconcileExternalSecret(keyOf(NAMESPACE, name), this.#context, signal));
  }

  /** The same for a Deployment. */
  reconcileWorkload(name: string): Promise<WorkResult | 'crashed'> {
    return this.#orCrash(() => this.#restarting.reconcile(name));
  }

  async #orCrash(work: () => Promise<WorkResult>): Promise<WorkResult | 'crashed'> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.restart();
      return 'crashed';
    }
  }

  /** Goes on until a round writes nothing and asks for no other; throws when that takes more than `limit` rounds. */
  async settle(name: string, limit = 25): Promise<void> {
    for (let round = 0; round < limit; round += 1) {
      this.sync();
      const before = this.api.writes.length;
      const results = [await this.reconcile(name)];
      for (const workload of this.#deployed) {
        this.sync();
        results.push(await this.reconcileWorkload(workload), await this.reconcileWorkload(workload));
      }
      this.sync();
      // What the workloads reported is in the status of the ExternalSecret.
      results.push(await this.reconcile(name));
      const rolled = Array.from(this.#deployed, (workload) => this.roll(workload)).includes(true);
      const isDone = results.every((result) => result !== 'crashed' && result.kind === 'done');
      const quiet = isDone && !rolled && this.api.writes.length === before;
      if (this.source.refresh().length === 0 && quiet) return;
      await this.clock.advance(20 * 60_000);
    }
    throw new Error(`not settled after ${limit} rounds: ${JSON.stringify(this.resource(name)?.status)}`);
  }

  #freshRestarting(): Restarting {
    const { resources: externalSecrets, managedSecrets } = this.#stores;
    const { api, clock } = this;
    return new Restarting({ api, clock, sides: [{ dialect: keytender, externalSecrets, managedSecrets }] });
  }

  #freshContext(): ExternalSecretContext {
    const { resources, secretStores, managedSecrets } = this.#stores;
    const { api, clock } = this;
    return {
      dialect: keytender,
      controller: groupResource(externalSecret),
      resources,
      shareOf: () => ({ held: 160 * 1024 * 1024, most: 164 * 1024 * 1024 }),
      managedSecrets,
      restarts: this.#restarting.engine,
      workloads: (kind) => this.#restarting.store(kind),
      isRead: () => true,
      areAllRead: () => true,
      stores: {
        secretStores,
        clusterSecretStores: new Store(),
        namespaces: new Store(),
        credentials: new CredentialCache(api),
        allowOperatorIdentity: true,
      },
      source: this.source,
      referencesOf,
      keyOfReference: referenceKey,
      client: api,
      digestKey: this.digestKey,
      renderer: { render: (...wanted) => this.renderer.render(...wanted) },
      defaultRefreshInterval: ms(3_600_000),
      drift: new DriftGuard(clock),
      forceSyncs: new ForceSyncs(clock, () => 1),
      ownStatuses: new OwnStatuses(),
      slices: new TimeSlices(),
      missingStores: new MissingStores(this.clock, keytender.words),
      writerQueue: new WriterQueue((writer) => void this.called.add(writer)),
      referenced: { declare: (key, objects) => void this.watched.set(key, objects) },
      recorded: () => void (this.recorded += 1),
      events: { record: (event) => void this.events.push(event) },
      metrics: uncounted,
      clock,
      logger: { ...silent, error: (...line) => void this.errors.push(line) },
    };
  }
}

function deployment(name: string): ModelWorkload {
  return { kind: 'Deployment', namespace: NAMESPACE, name };
}

function freshStores(memory: number) {
  return {
    resources: new Store<ExternalSecretObject>({ indexes: externalSecretIndexes }),
    secretStores: new Store<StoreObject>(),
    managedSecrets: new BudgetedStore<ManagedSecret>({
      kind: 'Secret',
      total: memory,
      costOf: costOfManagedSecret,
      nameOnly: nameOnlySecret,
      indexes: { controller: controllerOf },
    }),
  };
}
