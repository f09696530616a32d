/** ExternalSecrets and all that reconciling them touches, in memory: an API server, AWS's values, workloads with pods, and an operator that may die. */
import type { Renderer } from '../../../src/render/port.ts';
import { plainRenderer } from '../../../src/render/render-secret.ts';
import { nameOnlyExternalSecret, nameOnlySecret, nameOnlyWorkload } from '../../../src/view/name-only.ts';
import type { ExternalSecretObject, ExternalSecretSpec } from '../../../src/api/schema/external-secret.ts';
import { setImmediate as immediate } from 'node:timers/promises';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { groupResource, type ResourceType } from '../../../src/api/object/resource-type.ts';
import { valueIn, type KubeObject, type SecretObject } from '../../../src/api/object/object.ts';
import type { StoreObject } from '../../../src/api/schema/secret-store.ts';
import { reduceSecret, type ManagedSecret } from '../../../src/apply/managed-secret.ts';
import { recordsOn } from '../../../src/apply/record.ts';
import { controllerOf, externalSecretIndexes, writersOf } from '../../../src/view/indexes.ts';
import { ms } from '../../../src/base/time/clock.ts';
import type { DigestKey } from '../../../src/base/digest.ts';
import { keyOf, type Key, type ObjectName } from '../../../src/base/key.ts';
import type { EventRecord, KubeResult } from '../../../src/kube/port.ts';
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
import { PodAges } from '../../../src/restart/pod-ages.ts';
import { RestartGuard } from '../../../src/restart/restart-guard.ts';
import type { Workload } from '../../../src/restart/port.ts';
import { reduceWorkload } from '../../../src/restart/workload.ts';
import { referenceKey } from '../../../src/source/references/reference-key.ts';
import { BudgetedStore } from '../../../src/view/budgeted-store.ts';
import { costOfManagedSecret } from '../../../src/view/object-cost.ts';
import { Store } from '../../../src/watch/store.ts';
import type { ObjectReference } from '../../../src/watch/port.ts';
import { Crash, MemoryApi, refuse } from '../../support/fakes/memory-api.ts';
import { MemorySource, MemoryValues } from '../../support/fakes/memory-source.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { silent, uncounted } from './reporting.ts';

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
  /** Whether there is news for a round that has ended. */
  #answered = false;
  #context: ExternalSecretContext;
  /** Bytes for the Secrets that are read once more. */
  memory = 1024 * 1024;
  #stores = freshStores(this.memory);

  constructor() {
    this.api.now = () => new Date(this.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
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
    const labels = { app: name };
    this.api.put(builtin.deployment, {
      metadata: { name, namespace: NAMESPACE },
      spec: { selector: { matchLabels: labels }, template: {} },
    });
    this.roll(name);
  }

  /** What the Deployment's controller and the kubelet do: a new pod for a new template. */
  roll(name: string): void {
    const { generation = 0 } = this.api.find(builtin.deployment, NAMESPACE, name)?.metadata ?? {};
    const pod = `${name}-abc12-${generation}`;
    if (this.api.find(builtin.pod, NAMESPACE, pod) !== undefined) return;
    for (const { metadata } of this.api.all(builtin.pod)) this.api.remove(builtin.pod, NAMESPACE, metadata.name);
    const controller = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-abc12`, uid: `rs-${generation}`, controller: true };
    this.api.put(builtin.pod, {
      metadata: { name: pod, namespace: NAMESPACE, labels: { app: name }, ownerReferences: [controller] },
      status: { phase: 'Running' },
    });
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
    stores.deployments.replace(all<KubeObject>(builtin.deployment).map((raw) => this.#reduceDeployment(raw)));
  }

  #reduceDeployment(raw: KubeObject): Workload {
    const reduced = reduceWorkload('Deployment', raw, keytender.annotations.restartPrefix);
    return this.nameOnlyOthers.has(raw.metadata.name) ? nameOnlyWorkload(reduced, 1_000) : reduced;
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
    this.#context = this.#freshContext();
    this.sync();
  }

  /** One reconcile with what the caches hold now. A crash gives a new process. */
  async reconcile(name: string, signal = this.#stop.signal): Promise<WorkResult | 'crashed'> {
    this.#answered = false;
    try {
      const result = await reconcileExternalSecret(keyOf(NAMESPACE, name), this.#context, signal);
      // What was asked about pods is answered by then: nothing in memory takes longer.
      await immediate();
      return result;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.restart();
      return 'crashed';
    }
  }

  /** Goes on until a round writes nothing and asks for no other; throws when that takes more than `limit` rounds. */
  async settle(name: string, limit = 15): Promise<void> {
    for (let round = 0; round < limit; round += 1) {
      this.sync();
      const before = this.api.writes.length;
      const result = await this.reconcile(name);
      const quiet = result !== 'crashed' && result.kind === 'done' && this.api.writes.length === before && !this.#answered;
      if (this.source.refresh().length === 0 && quiet) return;
      await this.clock.advance(20 * 60_000);
    }
    throw new Error(`not settled after ${limit} rounds: ${JSON.stringify(this.resource(name)?.status)}`);
  }

  #runPodAges(): PodAges {
    const { api } = this;
    const alive = async <T>(call: () => Promise<KubeResult<T>>): Promise<KubeResult<T>> => {
      try {
        return await call();
      } catch (error) {
        // The process ends in its rounds; here it would end between two lines of one.
        if (error instanceof Crash) return refuse('unavailable');
        throw error;
      }
    };
    const ages = new PodAges({
      clock: this.clock,
      client: {
        get: <T extends KubeObject>(type: ResourceType, name: ObjectName) => alive(() => api.get<T>(type, name)),
        metadataPage: (type, scope) => alive(() => api.metadataPage(type, scope)),
        list: (type, scope) => alive(() => api.list(type, scope)),
      },
      onAnswer: () => (this.#answered = true),
    });
    void ages.run(this.#stop.signal);
    return ages;
  }

  #freshContext(): ExternalSecretContext {
    const { resources, secretStores, managedSecrets, deployments } = this.#stores;
    const { api, clock } = this;
    return {
      dialect: keytender,
      controller: groupResource(externalSecret),
      resources,
      shareOf: () => ({ held: 160 * 1024 * 1024, most: 164 * 1024 * 1024 }),
      managedSecrets,
      workloads: { Deployment: deployments, StatefulSet: new Store(), DaemonSet: new Store() },
      isRead: () => true,
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
      restarts: new RestartGuard(clock),
      podAges: this.#runPodAges(),
      referenced: { declare: (key, objects) => void this.watched.set(key, objects) },
      recorded: () => void (this.recorded += 1),
      events: { record: (event) => void this.events.push(event) },
      metrics: uncounted,
      clock,
      logger: { ...silent, error: (...line) => void this.errors.push(line) },
    };
  }
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
    deployments: new Store<ReturnType<typeof reduceWorkload>>(),
  };
}
