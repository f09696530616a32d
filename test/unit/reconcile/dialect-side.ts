/** The controllers of one dialect over an API server, an engine and a clock that another dialect uses too. Its caches are filled by hand. */
import type { Dialect } from '../../../src/api/dialect.ts';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import type { ExternalSecretObject, ExternalSecretSpec } from '../../../src/api/schema/external-secret.ts';
import { type KubeObject, type SecretObject, valueIn } from '../../../src/api/object/object.ts';
import { groupResource } from '../../../src/api/object/resource-type.ts';
import type { StoreObject } from '../../../src/api/schema/secret-store.ts';
import { reduceSecret } from '../../../src/apply/managed-secret.ts';
import { ms } from '../../../src/base/time/clock.ts';
import { keyOf } from '../../../src/base/key.ts';
import { ok } from '../../../src/base/result.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import type { EventRecord } from '../../../src/kube/port.ts';
import type { WorkResult } from '../../../src/queue/port.ts';
import type { ExternalSecretContext } from '../../../src/reconcile/external-secret/context.ts';
import { DriftGuard } from '../../../src/reconcile/external-secret/limits/drift-guard.ts';
import { ForceSyncs } from '../../../src/reconcile/external-secret/limits/force-syncs.ts';
import { MissingStores } from '../../../src/reconcile/external-secret/limits/missing-stores.ts';
import { reconcileExternalSecret } from '../../../src/reconcile/external-secret/reconcile.ts';
import { referencesOf } from '../../../src/reconcile/external-secret/sources/references.ts';
import { WriterQueue } from '../../../src/reconcile/external-secret/limits/writer-queue.ts';
import type { RestartSide } from '../../../src/reconcile/workload/sides.ts';
import { reconcileSecretStore } from '../../../src/reconcile/secret-store/reconcile.ts';
import { OwnStatuses } from '../../../src/reconcile/shared/own-statuses.ts';
import { plainRenderer } from '../../../src/render/render-secret.ts';
import { CredentialCache } from '../../../src/resolve/credentials/credential-cache.ts';
import type { SecretSource } from '../../../src/source/port.ts';
import { referenceKey } from '../../../src/source/references/reference-key.ts';
import { createClusterView } from '../../../src/view/cluster-view.ts';
import { type DialectView, dialectView } from '../../../src/view/dialect-view.ts';
import { kindsOf } from '../../../src/view/own-kinds.ts';
import { writersOf } from '../../../src/view/indexes.ts';
import { reduceExternalSecret, reduceStore } from '../../../src/view/reduced-objects.ts';
import { Store } from '../../../src/watch/store.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import type { MemoryApi, Stored } from '../../support/fakes/memory-api.ts';
import { silent, uncounted } from './reporting.ts';
import type { Restarting } from './workload/restarting.ts';

const NAMESPACE = 'team';
const share = () => ({ held: 0, most: 1024 * 1024 });

export class DialectSide {
  readonly dialect: Dialect;
  readonly controller: string;
  readonly events: EventRecord[] = [];
  /** What restarts workloads, for all sides together. */
  restarting?: Restarting;
  readonly #api: MemoryApi;
  readonly #clock: FakeClock;
  readonly #view: DialectView;
  readonly #context: ExternalSecretContext;
  readonly #signal: AbortSignal;

  /** `plan`: the references of a specification, if they are others than the specification can name. */
  constructor(
    dialect: Dialect,
    api: MemoryApi,
    source: SecretSource,
    clock: FakeClock,
    signal: AbortSignal,
    plan: ExternalSecretContext['referencesOf'] = referencesOf,
  ) {
    this.dialect = dialect;
    this.controller = groupResource(dialect.kinds.externalSecret);
    this.#api = api;
    this.#clock = clock;
    this.#signal = signal;
    this.#view = dialectView(createClusterView({ kinds: kindsOf(dialect), supporting: [] }), dialect);
    this.#context = this.#contextOf(source, plan);
  }

  /** What the reconciler of workloads sees of it. */
  get side(): RestartSide {
    const { externalSecrets, managedSecrets } = this.#view;
    return { dialect: this.dialect, externalSecrets, managedSecrets };
  }

  /** A store, and an ExternalSecret that uses it. */
  apply(name: string, spec: Partial<ExternalSecretSpec>, metadata: object = {}): void {
    const provider = { aws: { service: 'SecretsManager', region: 'eu-central-1' } };
    const { externalSecret, secretStore, clusterSecretStore } = this.dialect.kinds;
    this.#api.put(secretStore, { metadata: { name: 'aws', namespace: NAMESPACE }, spec: { provider } });
    this.#api.put(clusterSecretStore, { metadata: { name: 'aws' }, spec: { provider } });
    const status = this.resource(name)?.['status'];
    this.#api.put(externalSecret, {
      metadata: { name, namespace: NAMESPACE, ...metadata },
      spec: { secretStoreRef: { name: 'aws' }, refreshInterval: '1m', ...spec },
      ...(status === undefined ? {} : { status }),
    });
  }

  resource(name: string): Stored | undefined {
    return this.#api.find(this.dialect.kinds.externalSecret, NAMESPACE, name);
  }

  /** The condition Ready of an object, as reason and message. */
  ready(object: Stored | undefined): { readonly reason: string; readonly message: string } | undefined {
    const { status } = (object ?? {}) as ExternalSecretObject;
    const found = status?.conditions?.find(({ type }) => type === 'Ready');
    return found && { reason: found.reason, message: found.message };
  }

  /** One reconcile with what the API holds now; the clock goes on until it ends. */
  reconcile(name: string): Promise<WorkResult> {
    this.sync();
    return this.#inTime(reconcileExternalSecret(keyOf(NAMESPACE, name), this.#context, this.#signal));
  }

  reconcileStore(kind: 'secretStore' | 'clusterSecretStore', name: string): Promise<WorkResult> {
    this.sync();
    const { stores, client, events, clock, logger, referenced, dialect } = this.#context;
    return reconcileSecretStore(
      keyOf(kind === 'secretStore' ? NAMESPACE : '', name),
      {
        dialect,
        type: dialect.kinds[kind],
        resources: this.#view[`${kind}s`],
        shareOf: share,
        ownStatuses: new OwnStatuses(),
        stores,
        secrets: { verifyCredentials: () => Promise.resolve(ok({ identityName: 'tests' })) },
        client,
        referenced,
        changeEvents: () => ({ kind: 'none' }),
        reading: () => undefined,
        events,
        metrics: uncounted,
        clock,
        logger,
      },
      this.#signal,
    );
  }

  async #inTime<T>(work: Promise<T>): Promise<T> {
    await this.#clock.advance(5);
    return await work;
  }

  /** The watches deliver all there is. */
  sync(): void {
    const { kinds, labels, annotations } = this.dialect;
    const all = (type: Parameters<MemoryApi['all']>[0]): readonly KubeObject[] => this.#api.all(type);
    this.#view.externalSecrets.replace(all(kinds.externalSecret).map((raw) => reduceExternalSecret(raw, annotations.forceSync)));
    this.#view.secretStores.replace(all(kinds.secretStore).map((raw): StoreObject => reduceStore(raw)));
    this.#view.clusterSecretStores.replace(all(kinds.clusterSecretStore).map((raw): StoreObject => reduceStore(raw)));
    const managed = all(builtin.secret).filter(({ metadata }) => valueIn(metadata.labels, labels.managed) === 'true');
    this.#view.managedSecrets.replace(
      managed.map((raw) => reduceSecret(this.#context, raw as SecretObject, writersOf(raw.metadata, this.#view.externalSecrets))),
    );
  }

  #contextOf(source: SecretSource, plan: ExternalSecretContext['referencesOf']): ExternalSecretContext {
    const { dialect, controller } = this;
    const clock = this.#clock;
    const client = this.#api;
    const { externalSecrets, managedSecrets } = this.#view;
    const restarting = (): Restarting | undefined => this.restarting;
    return {
      dialect,
      controller,
      resources: externalSecrets,
      shareOf: share,
      managedSecrets,
      get restarts() {
        return restarting()?.engine;
      },
      workloads: (kind) => restarting()?.store(kind) ?? new Store(),
      isRead: () => true,
      areAllRead: () => true,
      stores: { ...this.#view, credentials: new CredentialCache(client), allowOperatorIdentity: true },
      source,
      referencesOf: plan,
      keyOfReference: referenceKey,
      client,
      digestKey: { id: 'k1', bytes: Buffer.alloc(32, 1) },
      renderer: plainRenderer(dialect.reservedDomains),
      defaultRefreshInterval: ms(3_600_000),
      drift: new DriftGuard(clock),
      forceSyncs: new ForceSyncs(clock, () => 1),
      ownStatuses: new OwnStatuses(),
      slices: new TimeSlices(),
      missingStores: new MissingStores(clock, dialect.words),
      writerQueue: new WriterQueue(() => undefined),
      referenced: { declare: () => undefined },
      recorded: () => undefined,
      events: { record: (event) => void this.events.push(event) },
      metrics: uncounted,
      clock,
      logger: silent,
    };
  }
}
