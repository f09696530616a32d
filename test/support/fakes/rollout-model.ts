/**
 * The controllers of workloads and kubelet on an API in memory: they replace pods when a template changes, one action at a time, and remember what each pod
 * read of the Secrets at its start. It follows the documented rules of Deployments (one surge pod), StatefulSets (highest ordinal first, partition, OnDelete)
 * and DaemonSets (one pod).
 */
import { createHash } from 'node:crypto';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import type { KubeObject, SecretObject } from '../../../src/api/object/object.ts';
import type { ResourceType } from '../../../src/api/object/resource-type.ts';
import type { MemoryApi, Stored } from './memory-api.ts';

export type ModelKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

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

interface WorkloadFields extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } };
    readonly template: object;
  };
  readonly status?: Readonly<Record<string, unknown>>;
}

interface ModelPod {
  readonly name: string;
  readonly uid: string;
  readonly revision: string;
  readonly ordinal: number;
  readonly ready: boolean;
}

export interface RolloutModelOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds by which kubelet may read late: it reads the data as it was this long before. */
  readonly lag?: () => number;
}

const WORKLOAD = 'test/workload';
const REVISION = 'test/revision';
const ORDINAL = 'test/ordinal';

export class RolloutModel {
  readonly #api: MemoryApi;
  readonly #options: RolloutModelOptions;
  /** Data of each Secret with the time of its write, oldest first. */
  readonly #history = new Map<string, { readonly at: number; readonly data: string }[]>();
  /** What a pod read: data by name of the Secret. */
  readonly #reads = new Map<string, ReadonlyMap<string, string>>();
  /** Workloads whose next pods do not become ready. */
  readonly broken = new Set<string>();

  constructor(api: MemoryApi, options: RolloutModelOptions) {
    this.#api = api;
    this.#options = options;
    api.watchers.add(({ kind, resource, object }) => {
      if (resource === 'secrets' && kind !== 'deleted') this.#remember(object);
    });
  }

  /** What each running pod of the workload read of this Secret. */
  readsOf(workload: ModelWorkload, secretName: string): readonly (string | undefined)[] {
    return this.#pods(workload).map(({ uid }) => this.#reads.get(uid)?.get(secretName));
  }

  /** One action of the controller of this workload, or of kubelet on one of its pods. False: there was nothing to do. */
  step(workload: ModelWorkload): boolean {
    const object = this.#find(workload);
    if (object === undefined) return this.#removeOne(this.#pods(workload), workload);
    return this.#makeReady(workload, object) || this.#replace(workload, object) || this.#report(workload, object);
  }

  #find({ kind, namespace, name }: ModelWorkload): WorkloadFields | undefined {
    return this.#api.find(modelTypes[kind], namespace, name) as WorkloadFields | undefined;
  }

  #pods({ kind, namespace, name }: ModelWorkload): readonly ModelPod[] {
    const own = this.#api
      .all(builtin.pod)
      .filter(({ metadata }) => metadata.namespace === namespace && metadata.annotations?.[WORKLOAD] === `${kind}/${name}`);
    return own.map(podOf).toSorted((a, b) => a.ordinal - b.ordinal);
  }

  #makeReady(workload: ModelWorkload, object: WorkloadFields): boolean {
    const waiting = this.#pods(workload).find(({ ready, revision }) => !ready && !this.#isBroken(workload, object, revision));
    if (waiting === undefined) return false;
    this.#api.edit(builtin.pod, workload.namespace, waiting.name, { status: { phase: 'Running', ready: true } });
    return true;
  }

  #isBroken({ kind, namespace, name }: ModelWorkload, object: WorkloadFields, revision: string): boolean {
    return this.broken.has(`${kind}/${namespace}/${name}`) && revision === revisionOf(object);
  }

  #replace(workload: ModelWorkload, object: WorkloadFields): boolean {
    const pods = this.#pods(workload);
    const wanted = workload.kind === 'DaemonSet' ? 1 : (object.spec.replicas ?? 1);
    if (workload.kind === 'Deployment') return this.#replaceDeployment(workload, object, pods, wanted);
    return this.#replaceInOrder(workload, object, pods, wanted);
  }

  #replaceDeployment(workload: ModelWorkload, object: WorkloadFields, pods: readonly ModelPod[], wanted: number): boolean {
    const revision = revisionOf(object);
    const [fresh, old] = [pods.filter((pod) => pod.revision === revision), pods.filter((pod) => pod.revision !== revision)];
    if (object.spec.paused === true && old.length > 0) return false;
    if (fresh.length < wanted && pods.length <= wanted) return this.#create(workload, object, nextOrdinal(pods));
    if (pods.filter(({ ready }) => ready).length > wanted || wanted === 0)
      return this.#removeOne(old.length > 0 ? old : fresh.slice(wanted), workload);
    return old.length > 0 && fresh.filter(({ ready }) => ready).length >= wanted ? this.#removeOne(old, workload) : false;
  }

  #replaceInOrder(workload: ModelWorkload, object: WorkloadFields, pods: readonly ModelPod[], wanted: number): boolean {
    const missing = Array.from({ length: wanted }, (_, ordinal) => ordinal).find((ordinal) => !pods.some((pod) => pod.ordinal === ordinal));
    if (missing !== undefined) return this.#create(workload, object, missing);
    const extra = pods.filter(({ ordinal }) => ordinal >= wanted);
    if (extra.length > 0) return this.#removeOne(extra, workload);
    const { updateStrategy } = object.spec;
    if (updateStrategy?.type === 'OnDelete' || pods.some(({ ready }) => !ready)) return false;
    const partition = workload.kind === 'StatefulSet' ? (updateStrategy?.rollingUpdate?.partition ?? 0) : 0;
    const old = pods.findLast(({ revision, ordinal }) => revision !== revisionOf(object) && ordinal >= partition);
    return old === undefined ? false : this.#removeOne([old], workload);
  }

  #create(workload: ModelWorkload, object: WorkloadFields, ordinal: number): boolean {
    const { kind, namespace, name } = workload;
    const revision = revisionOf(object);
    const owner =
      kind === 'Deployment'
        ? { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-${revision.slice(0, 6)}`, uid: `rs-${name}`, controller: true }
        : { apiVersion: 'apps/v1', kind, name, uid: object.metadata.uid, controller: true };
    const podName = kind === 'Deployment' ? `${name}-${revision.slice(0, 6)}-${ordinal}` : `${name}-${ordinal}`;
    const annotations = { [WORKLOAD]: `${kind}/${name}`, [REVISION]: revision, [ORDINAL]: String(ordinal) };
    const metadata = { name: podName, namespace, labels: { app: name }, annotations, ownerReferences: [owner] };
    this.#api.put(builtin.pod, { metadata, spec: {}, status: { phase: 'Pending' } });
    const uid = this.#api.find(builtin.pod, namespace, podName)?.metadata.uid ?? '';
    this.#reads.set(uid, this.#secretsOf(namespace));
    return true;
  }

  #removeOne([pod]: readonly ModelPod[], { namespace }: ModelWorkload): boolean {
    if (pod === undefined) return false;
    this.#api.remove(builtin.pod, namespace, pod.name);
    this.#reads.delete(pod.uid);
    return true;
  }

  #report(workload: ModelWorkload, object: WorkloadFields): boolean {
    const pods = this.#pods(workload);
    const status = statusOf(workload.kind, object, pods);
    const before = JSON.stringify(object.status ?? {});
    if (before === JSON.stringify(status)) return false;
    const { kind, namespace, name } = workload;
    this.#api.edit(modelTypes[kind], namespace, name, { status });
    return true;
  }

  #remember({ metadata, data }: SecretObject): void {
    const id = `${metadata.namespace ?? ''}/${metadata.name}`;
    const versions = this.#history.get(id) ?? [];
    versions.push({ at: this.#options.now(), data: JSON.stringify(data ?? {}) });
    this.#history.set(id, versions);
  }

  /** The Secrets of the namespace as kubelet reads them now. */
  #secretsOf(namespace: string): ReadonlyMap<string, string> {
    const at = this.#options.now() - (this.#options.lag?.() ?? 0);
    const read = new Map<string, string>();
    for (const [id, versions] of this.#history) {
      if (!id.startsWith(`${namespace}/`)) continue;
      const version = versions.findLast((one) => one.at <= at) ?? versions[0];
      if (version !== undefined) read.set(id.slice(namespace.length + 1), version.data);
    }
    return read;
  }
}

function podOf({ metadata, ...pod }: Stored): ModelPod {
  const annotations = metadata.annotations ?? {};
  const { ready } = (pod as { readonly status?: { readonly ready?: boolean } }).status ?? {};
  return {
    name: metadata.name,
    uid: metadata.uid,
    revision: annotations[REVISION] ?? '',
    ordinal: Number(annotations[ORDINAL] ?? 0),
    ready: ready === true,
  };
}

function nextOrdinal(pods: readonly ModelPod[]): number {
  return Math.max(-1, ...pods.map(({ ordinal }) => ordinal)) + 1;
}

function revisionOf({ spec }: WorkloadFields): string {
  return createHash('sha256').update(JSON.stringify(spec.template)).digest('hex').slice(0, 12);
}

function statusOf(kind: ModelKind, object: WorkloadFields, pods: readonly ModelPod[]): Readonly<Record<string, unknown>> {
  const revision = revisionOf(object);
  const updated = pods.filter((pod) => pod.revision === revision).length;
  const ready = pods.filter((pod) => pod.ready).length;
  const observedGeneration = object.metadata.generation ?? 1;
  if (kind === 'DaemonSet') {
    return {
      observedGeneration,
      desiredNumberScheduled: 1,
      currentNumberScheduled: pods.length,
      updatedNumberScheduled: updated,
      numberReady: ready,
      numberAvailable: ready,
      numberUnavailable: 1 - ready,
    };
  }
  const counts = { observedGeneration, replicas: pods.length, updatedReplicas: updated, readyReplicas: ready, availableReplicas: ready };
  if (kind === 'Deployment') return counts;
  const oldest = pods.find((pod) => pod.revision !== revision)?.revision ?? revision;
  return { ...counts, currentRevision: oldest, updateRevision: revision };
}
