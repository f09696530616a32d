/**
 * The controllers of workloads and kubelet on an API in memory: they replace pods when a template changes, one action at a time, and remember what each pod
 * read of the Secrets at its start. It follows the documented rules of Deployments (one surge pod), StatefulSets (highest ordinal first, partition, OnDelete)
 * and DaemonSets (one pod).
 */
import { builtin } from '../../../src/api/object/builtin-types.ts';
import type { SecretObject } from '../../../src/api/object/object.ts';
import type { ResourceType } from '../../../src/api/object/resource-type.ts';
import type { MemoryApi } from './memory-api.ts';
import { type ModelKind, type ModelPod, revisionAnnotations, revisionOf, statusOf, type WorkloadFields } from './rollout-status.ts';

export type { ModelKind } from './rollout-status.ts';

export const modelTypes: Readonly<Record<ModelKind, ResourceType>> = {
  Deployment: builtin.deployment,
  StatefulSet: builtin.statefulSet,
  DaemonSet: builtin.daemonSet,
};

export interface ModelWorkload {
  readonly kind: ModelKind;
  readonly namespace: string;
  readonly name: string;
}

export interface RolloutModelOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds by which kubelet may read late: it reads the data as it was this long before. */
  readonly lag?: () => number;
}

type Data = Readonly<Record<string, string>>;

/** A pod, and the data of each Secret of its namespace as it read them at its start. */
export interface PodAndReads {
  readonly pod: ModelPod;
  readonly reads: ReadonlyMap<string, Data>;
}

export class RolloutModel {
  readonly #api: MemoryApi;
  readonly #options: RolloutModelOptions;
  /** Data of each Secret with the time of its write, oldest first. */
  readonly #history = new Map<string, { readonly at: number; readonly data: Data }[]>();
  readonly #pods = new Map<string, PodAndReads[]>();
  /** Workloads whose new pods do not become ready. */
  readonly broken = new Set<string>();

  constructor(api: MemoryApi, options: RolloutModelOptions) {
    this.#api = api;
    this.#options = options;
    api.watchers.add(({ kind, resource, object }) => {
      if (resource === 'secrets' && kind !== 'deleted') this.#remember(object);
    });
  }

  /** The pods of the workload, by their ordinal. */
  podsOf(workload: ModelWorkload): readonly PodAndReads[] {
    return this.#pods.get(idOf(workload)) ?? [];
  }

  /** What each running pod of the workload read of this Secret. */
  readsOf(workload: ModelWorkload, secretName: string): readonly (Data | undefined)[] {
    return this.podsOf(workload).map(({ reads }) => reads.get(secretName));
  }

  /** The data of the Secret in the order of its writes. A write without a change of data is none. */
  versionsOf(namespace: string, secretName: string): readonly { readonly at: number; readonly data: Data }[] {
    return this.#history.get(`${namespace}/${secretName}`) ?? [];
  }

  /** Somebody deletes a pod, as the strategy OnDelete wants it. */
  deletePod(workload: ModelWorkload, uid: string): void {
    this.#remove(workload, this.podsOf(workload).find(({ pod }) => pod.uid === uid)?.pod);
  }

  /** One action of the controller of this workload, or of kubelet on one of its pods. False: there was nothing to do. */
  step(workload: ModelWorkload): boolean {
    const object = this.#find(workload);
    const pods = this.podsOf(workload).map(({ pod }) => pod);
    const orphan = pods.find(({ owner }) => owner !== object?.metadata.uid);
    if (orphan !== undefined) return this.#remove(workload, orphan);
    if (object === undefined) return false;
    return (
      this.#observe(workload, object) ||
      this.#makeReady(workload, pods) ||
      this.#replace(workload, object, pods) ||
      this.#report(workload, object)
    );
  }

  #find({ kind, namespace, name }: ModelWorkload): WorkloadFields | undefined {
    return this.#api.find(modelTypes[kind], namespace, name) as WorkloadFields | undefined;
  }

  /** Numbers the template, as the controller of Deployments and the API server do. */
  #observe({ kind, namespace, name }: ModelWorkload, object: WorkloadFields): boolean {
    const annotations = revisionAnnotations(kind, object);
    if (annotations === undefined) return false;
    this.#api.edit(modelTypes[kind], namespace, name, { metadata: { annotations } });
    return true;
  }

  #makeReady(workload: ModelWorkload, pods: readonly ModelPod[]): boolean {
    const waiting = pods.find(({ ready, isBroken }) => !ready && !(isBroken && this.broken.has(idOf(workload))));
    if (waiting === undefined) return false;
    waiting.ready = true;
    this.#api.edit(builtin.pod, workload.namespace, waiting.name, { status: { phase: 'Running', ready: true } });
    return true;
  }

  #replace(workload: ModelWorkload, object: WorkloadFields, pods: readonly ModelPod[]): boolean {
    const wanted = workload.kind === 'DaemonSet' ? 1 : (object.spec.replicas ?? 1);
    return workload.kind === 'Deployment'
      ? this.#replaceDeployment(workload, object, pods, wanted)
      : this.#replaceInOrder(workload, object, pods, wanted);
  }

  /** A paused Deployment is scaled with the pods that it has. */
  #replaceDeployment(workload: ModelWorkload, object: WorkloadFields, pods: readonly ModelPod[], wanted: number): boolean {
    const present = revisionOf(object);
    const stays = object.spec.paused === true && pods.length > 0;
    const revision = stays && !pods.some((pod) => pod.revision === present) ? (pods[0]?.revision ?? present) : present;
    const [fresh, old] = [pods.filter((pod) => pod.revision === revision), pods.filter((pod) => pod.revision !== revision)];
    if (stays) return this.#scalePaused(workload, object, pods, { wanted, revision });
    if (fresh.length < wanted && pods.length <= wanted) return this.#create(workload, object, nextOrdinal(pods), revision);
    const surplus = old.find(({ ready }) => !ready) ?? (pods.filter(({ ready }) => ready).length > wanted ? old[0] : undefined);
    return this.#remove(workload, surplus ?? fresh[wanted] ?? (wanted === 0 ? old[0] : undefined));
  }

  #scalePaused(
    workload: ModelWorkload,
    object: WorkloadFields,
    pods: readonly ModelPod[],
    { wanted, revision }: { readonly wanted: number; readonly revision: string },
  ): boolean {
    if (pods.length < wanted) return this.#create(workload, object, nextOrdinal(pods), revision);
    const surplus = pods.length > wanted ? (pods.find((pod) => pod.revision !== revision) ?? pods.at(-1)) : undefined;
    return this.#remove(workload, surplus);
  }

  #replaceInOrder(workload: ModelWorkload, object: WorkloadFields, pods: readonly ModelPod[], wanted: number): boolean {
    const { updateStrategy } = object.spec;
    const revision = revisionOf(object);
    const partition = workload.kind === 'StatefulSet' ? (updateStrategy?.rollingUpdate?.partition ?? 0) : 0;
    const missing = Array.from({ length: wanted }, (_, ordinal) => ordinal).find((ordinal) => !pods.some((pod) => pod.ordinal === ordinal));
    if (missing !== undefined) {
      const former = missing < partition ? pods.find((pod) => pod.revision !== revision)?.revision : undefined;
      return this.#create(workload, object, missing, former ?? revision);
    }
    const extra = pods.find(({ ordinal }) => ordinal >= wanted);
    if (extra !== undefined) return this.#remove(workload, extra);
    if (updateStrategy?.type === 'OnDelete' || pods.some(({ ready }) => !ready)) return false;
    return this.#remove(
      workload,
      pods.findLast((pod) => pod.revision !== revision && pod.ordinal >= partition),
    );
  }

  #create(workload: ModelWorkload, object: WorkloadFields, ordinal: number, revision: string): boolean {
    const { kind, namespace, name } = workload;
    const controller =
      kind === 'Deployment'
        ? {
            apiVersion: 'apps/v1',
            kind: 'ReplicaSet',
            name: `${name}-${revision.slice(0, 6)}`,
            uid: `rs-${name}-${revision}`,
            controller: true,
          }
        : { apiVersion: 'apps/v1', kind, name, uid: object.metadata.uid, controller: true };
    const podName = kind === 'Deployment' ? `${controller.name}-${ordinal}` : `${name}-${ordinal}`;
    const metadata = { name: podName, namespace, labels: { app: name }, ownerReferences: [controller] };
    this.#api.put(builtin.pod, { metadata, spec: {}, status: { phase: 'Pending' } });
    const uid = this.#api.find(builtin.pod, namespace, podName)?.metadata.uid ?? '';
    const isBroken = this.broken.has(idOf(workload));
    const pod = {
      name: podName,
      uid,
      owner: object.metadata.uid,
      revision,
      ordinal,
      ready: false,
      isBroken,
      startedAt: this.#options.now(),
    };
    const pods = [...this.podsOf(workload), { pod, reads: this.#secretsOf(namespace) }];
    this.#pods.set(
      idOf(workload),
      pods.toSorted((one, other) => one.pod.ordinal - other.pod.ordinal),
    );
    return true;
  }

  #remove(workload: ModelWorkload, pod: ModelPod | undefined): boolean {
    if (pod === undefined) return false;
    this.#api.remove(builtin.pod, workload.namespace, pod.name);
    this.#pods.set(
      idOf(workload),
      this.podsOf(workload).filter((one) => one.pod !== pod),
    );
    return true;
  }

  #report(workload: ModelWorkload, object: WorkloadFields): boolean {
    const status = statusOf(
      workload.kind,
      object,
      this.podsOf(workload).map(({ pod }) => pod),
    );
    if (JSON.stringify(object.status ?? {}) === JSON.stringify(status)) return false;
    const { kind, namespace, name } = workload;
    this.#api.edit(modelTypes[kind], namespace, name, { status });
    return true;
  }

  #remember({ metadata, data = {} }: SecretObject): void {
    const id = `${metadata.namespace ?? ''}/${metadata.name}`;
    const versions = this.#history.get(id) ?? [];
    this.#history.set(id, versions);
    if (JSON.stringify(versions.at(-1)?.data) !== JSON.stringify(data)) versions.push({ at: this.#options.now(), data });
  }

  /** The Secrets of the namespace as kubelet reads them now. */
  #secretsOf(namespace: string): ReadonlyMap<string, Data> {
    const at = this.#options.now() - (this.#options.lag?.() ?? 0);
    const read = new Map<string, Data>();
    for (const [id, versions] of this.#history) {
      if (!id.startsWith(`${namespace}/`)) continue;
      const version = versions.findLast((one) => one.at <= at) ?? versions[0];
      if (version !== undefined) read.set(id.slice(namespace.length + 1), version.data);
    }
    return read;
  }
}

function idOf({ kind, namespace, name }: ModelWorkload): string {
  return `${kind}/${namespace}/${name}`;
}

function nextOrdinal(pods: readonly ModelPod[]): number {
  return Math.max(-1, ...pods.map(({ ordinal }) => ordinal)) + 1;
}
