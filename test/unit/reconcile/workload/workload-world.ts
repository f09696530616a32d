/** Secrets with records, ExternalSecrets with spec.restart, workloads with pods, and the rounds of workloads. Nothing is reconciled but workloads. */
import { createHash } from 'node:crypto';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import type { SecretObject } from '../../../../src/api/object/object.ts';
import { groupResource } from '../../../../src/api/object/resource-type.ts';
import type { WriteRecord } from '../../../../src/api/record-format.ts';
import type { ExternalSecretObject } from '../../../../src/api/schema/external-secret.ts';
import { type ManagedSecret, reduceSecret } from '../../../../src/apply/managed-secret.ts';
import { recordsOn } from '../../../../src/apply/record.ts';
import type { ContentId } from '../../../../src/base/digest.ts';
import type { WorkResult } from '../../../../src/queue/port.ts';
import type { MemberView } from '../../../../src/restart/admission/view.ts';
import type { ConsumerKind } from '../../../../src/restart/consumer/consumer.ts';
import { consumerTypes } from '../../../../src/restart/consumer/consumer-types.ts';
import { controllerOf, externalSecretIndexes, writersOf } from '../../../../src/view/indexes.ts';
import { Store } from '../../../../src/watch/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { MemoryApi } from '../../../support/fakes/memory-api.ts';
import { type ModelKind, RolloutModel } from '../../../support/fakes/rollout-model.ts';
import { Restarting, type RestartingOptions } from './restarting.ts';

export const TEAM = 'team';
const { externalSecret } = keytender.kinds;

export interface Deployed {
  readonly kind?: ConsumerKind;
  /** Secrets that it reads whole. */
  readonly secrets?: readonly string[];
  /** Instead: any pod spec. */
  readonly podSpec?: object;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Annotations of the pod template. */
  readonly template?: Readonly<Record<string, string>>;
  readonly spec?: object;
  readonly owner?: object;
}

export class WorkloadWorld implements Disposable {
  readonly api = new MemoryApi();
  readonly clock = new FakeClock();
  readonly model: RolloutModel;
  readonly externalSecrets = new Store<ExternalSecretObject>({ indexes: externalSecretIndexes });
  readonly managedSecrets = new Store<ManagedSecret>({ indexes: { controller: controllerOf } });
  restarting: Restarting;
  readonly #options: Omit<RestartingOptions, 'api' | 'clock' | 'sides'>;

  /** Without the floor of the installation, unless `options` has one. */
  constructor(options: Omit<RestartingOptions, 'api' | 'clock' | 'sides'> = {}) {
    this.#options = options;
    this.api.now = () => new Date(this.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    this.model = new RolloutModel(this.api, { now: () => this.clock.now() });
    this.restarting = this.#begin();
  }

  [Symbol.dispose](): void {
    this.restarting[Symbol.dispose]();
  }

  /** A new process. */
  restart(): void {
    this.restarting[Symbol.dispose]();
    this.restarting = this.#begin();
  }

  /** An ExternalSecret that restarts workloads for the Secret with its name. */
  want(name: string, restart: object, spec: object = {}): void {
    const wanted = { settle: '0', ...restart };
    this.api.put(externalSecret, {
      metadata: { name, namespace: TEAM },
      spec: { secretStoreRef: { name: 'aws' }, data: [{ secretKey: 'a', remoteRef: { key: 'a' } }], restart: wanted, ...spec },
    });
  }

  /** The operator writes the Secret, as the ExternalSecret does. All keys of `data` that differ are said to have changed. */
  write(secret: string, data: Readonly<Record<string, string>>, writer = secret): void {
    const before = this.api.find(builtin.secret, TEAM, secret) as SecretObject | undefined;
    const { records } = keytender;
    const own = this.api.find(externalSecret, TEAM, writer)?.metadata.uid ?? `uid-of-${writer}`;
    const found = recordsOn(records, before?.metadata.annotations);
    const sequence = Math.max(0, ...Array.from(found.values(), (record) => record.sequence ?? 0)) + 1;
    const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
    const keys = [...new Set([...Object.keys(encoded), ...Object.keys(before?.data ?? {})])].filter(
      (key) => encoded[key] !== before?.data?.[key],
    );
    const at = new Date(this.clock.now()).toISOString();
    const record: WriteRecord = {
      writer,
      inputs: 'i',
      content: contentOf(data),
      sources: [],
      sequence,
      ...(before === undefined ? {} : { changedAt: at, changes: [{ sequence, at, keys }, ...(found.get(own)?.changes ?? [])] }),
    };
    const annotations = { ...before?.metadata.annotations, [records.annotation(own)]: records.serialise(record) };
    this.api.put(builtin.secret, {
      metadata: { name: secret, namespace: TEAM, labels: { [keytender.labels.managed]: 'true' }, annotations },
      data: encoded,
    });
  }

  /** A workload with a running pod. */
  deploy(name: string, { kind = 'Deployment', secrets = [], podSpec, annotations, labels, template, spec, owner }: Deployed = {}): void {
    const containers = [{ name: 'main', envFrom: secrets.map((secret) => ({ secretRef: { name: secret } })) }];
    const ownerReferences = owner === undefined ? [] : [owner];
    this.api.put(consumerTypes[kind], {
      metadata: { name, namespace: TEAM, ...(annotations && { annotations }), ...(labels && { labels }), ownerReferences },
      spec: {
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name }, annotations: { ...template } }, spec: podSpec ?? { containers } },
        ...spec,
      },
    });
    if (kind !== 'Rollout') this.roll(name, kind);
  }

  /** What the controller of its kind and kubelet do, until nothing is left to do. */
  roll(name: string, kind: ModelKind = 'Deployment'): void {
    while (this.model.step({ kind, namespace: TEAM, name }));
  }

  sync(): void {
    this.externalSecrets.replace(this.api.all(externalSecret) as unknown as ExternalSecretObject[]);
    this.syncSecrets();
    this.restarting.sync();
  }

  syncSecrets(): void {
    const context = { dialect: keytender, digestKey: { id: 'k1', bytes: Buffer.alloc(32, 1) } };
    const secrets = this.api.all(builtin.secret) as unknown as SecretObject[];
    this.managedSecrets.replace(secrets.map((secret) => reduceSecret(context, secret, writersOf(secret.metadata, this.externalSecrets))));
  }

  /** One round of a workload on caches that are up to date. */
  round(name: string, kind: ConsumerKind = 'Deployment'): Promise<WorkResult> {
    this.sync();
    return this.restarting.reconcile(name, { kind });
  }

  /** Rounds until the last one changes nothing and asks for none: what was asked about pods is answered. */
  async settle(name: string, kind: ConsumerKind = 'Deployment'): Promise<WorkResult> {
    for (let count = 0; count < 10; count += 1) {
      const before = this.api.writes.length;
      const result = [await this.round(name, kind), await this.round(name, kind)][1];
      if (result !== undefined && this.api.writes.length === before) return result;
    }
    throw new Error('each round writes again');
  }

  /** Annotations of the pod template. */
  template(name: string, kind: ConsumerKind = 'Deployment'): Readonly<Record<string, string>> {
    const { spec } = this.api.find(consumerTypes[kind], TEAM, name) as unknown as {
      spec: { template: { metadata: { annotations?: Record<string, string> } } };
    };
    return spec.template.metadata.annotations ?? {};
  }

  /** The patches of workloads, each as `kind name`. */
  get patches(): readonly string[] {
    const kinds: ReadonlySet<string> = new Set(Object.keys(consumerTypes));
    return this.api.writes.filter(({ verb, kind }) => verb === 'patch' && kinds.has(kind)).map(({ kind, name }) => `${kind} ${name}`);
  }

  /** What the status of an ExternalSecret would say. */
  members(name: string): readonly MemberView[] {
    return this.restarting.engine.view(groupOf(name))?.members ?? [];
  }

  /** Of its only workload. */
  member(name: string): Partial<MemberView> {
    const [only, ...more] = this.members(name);
    if (more.length > 0) throw new Error('more than one');
    return only ?? {};
  }

  #begin(): Restarting {
    const { api, clock, externalSecrets, managedSecrets } = this;
    return new Restarting({ api, clock, sides: [{ dialect: keytender, externalSecrets, managedSecrets }], ...this.#options });
  }
}

export function groupOf(name: string): string {
  return `${groupResource(externalSecret)}/${TEAM}/${name}`;
}

export function contentOf(data: Readonly<Record<string, string>>): ContentId {
  return `k1:${createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 8)}` as ContentId;
}

export const marker = (secret: string): string => `${keytender.annotations.restartPrefix}${secret}`;
export const setting = (name: string): string => `${keytender.annotations.workloadPrefix}${name}`;
export const target = (name: string, kind: ConsumerKind = 'Deployment') => ({ targets: [{ kind, name }] });
