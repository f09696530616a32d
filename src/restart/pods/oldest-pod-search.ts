/**
 * Searches for the oldest pod of one workload. Each step is one request, so that the caller can do other work between steps.
 */
import { builtin } from '../../api/object/builtin-types.ts';
import type { KubeObject, ObjectMeta } from '../../api/object/object.ts';
import type { ResourceType } from '../../api/object/resource-type.ts';
import { ResponseTooLargeError } from '../../kube/rest/errors.ts';
import type { KubeFailure, KubeReader, KubeResult, MetadataPage, MetadataReader } from '../../kube/port.ts';
import type { ConsumerKind } from '../consumer/consumer.ts';
import type { LabelSelector } from '../../api/object/label-selector.ts';
import { podSelector } from './pod-selector.ts';

/** The workload whose pods are searched. */
export interface PodOwner {
  readonly type: ResourceType;
  readonly kind: ConsumerKind;
  readonly metadata: Pick<ObjectMeta, 'namespace' | 'name' | 'uid' | 'generation'>;
  /** The workload whose selector finds the pods, if it is another one: a Rollout can take its template from a Deployment, and has no selector then. */
  readonly selecting?: { readonly type: ResourceType; readonly name: string };
}

/**
 * The creation time of the oldest pod that runs, in milliseconds since the epoch; undefined without such pods. The creation time is never later than the time
 * at which a container reads the Secret: at worst there is one restart too many, never one too few.
 */
export type OldestPod = KubeResult<{ readonly createdAt: number | undefined }>;

const NONE: OldestPod = { ok: true, value: { createdAt: undefined } };

/** The field selector of pods that have not ended. Pods that have ended read no Secret. */
const RUNNING_PODS = 'status.phase!=Succeeded,status.phase!=Failed';
/** Pods of the first page. Their size is unknown; even the largest pods are parsed in less than 50 ms. */
const FIRST_LIMIT = 5;
const MAX_LIMIT = 250;
/** Target size of further pages. */
const PAGE_BYTES = 1024 * 1024;
/** Number of restarts of a list whose continue token has expired. */
const MAX_RESTARTS = 3;

interface SelectingObject extends KubeObject {
  readonly spec?: { readonly selector?: LabelSelector };
}

export class OldestPodSearch {
  readonly #client: KubeReader & MetadataReader;
  readonly #owner: PodOwner;
  readonly #enough: number;
  #begun = false;
  #selector: string | undefined;
  #oldest: number | undefined;
  #after: string | undefined;
  #limit = FIRST_LIMIT;
  #restarts = 0;

  /** `enough`: milliseconds since the epoch. The search ends at the first pod that is not younger. */
  constructor(client: KubeReader & MetadataReader, owner: PodOwner, enough: number) {
    this.#client = client;
    this.#owner = owner;
    this.#enough = enough;
  }

  /** Sends one request. Undefined: another step is needed. */
  async step(signal: AbortSignal): Promise<OldestPod | undefined> {
    return this.#begun ? this.#askPage(signal) : this.#begin(signal);
  }

  /** The selector of the live workload. It can be as large as an object, so the cache does not keep it. */
  async #begin(signal: AbortSignal): Promise<OldestPod | undefined> {
    const { metadata, selecting = { type: this.#owner.type, name: metadata.name } } = this.#owner;
    const name = { namespace: metadata.namespace ?? '', name: selecting.name };
    const live = await this.#client.get<SelectingObject>(selecting.type, name, signal);
    if (!live.ok) return live.failure.kind === 'not-found' ? NONE : live;
    const selector = podSelector(live.value.spec?.selector);
    if (selector.selects === 'none') return NONE;
    this.#begun = true;
    this.#selector = selector.selects === 'some' ? selector.text : undefined;
    return undefined;
  }

  async #askPage(signal: AbortSignal): Promise<OldestPod | undefined> {
    const scope = {
      namespace: this.#owner.metadata.namespace ?? '',
      fieldSelector: RUNNING_PODS,
      limit: this.#limit,
      ...(this.#selector === undefined ? {} : { labelSelector: this.#selector }),
      ...(this.#after === undefined ? {} : { after: this.#after }),
    };
    const page = await this.#client.metadataPage(builtin.pod, scope, signal);
    return page.ok ? this.#take(page.value) : this.#again(page.failure);
  }

  #take({ objects, next }: MetadataPage): OldestPod | undefined {
    this.#oldest = earliest([...(this.#oldest === undefined ? [] : [this.#oldest]), ...startsOf(this.#owner, objects)]);
    if (next === undefined || (this.#oldest !== undefined && this.#oldest <= this.#enough)) {
      return { ok: true, value: { createdAt: this.#oldest } };
    }
    const bytes = objects.reduce((sum, { metadata }) => sum + JSON.stringify(metadata).length, 0);
    const fitting = Math.floor((PAGE_BYTES * objects.length) / Math.max(bytes, 1));
    this.#after = next;
    this.#limit = Math.max(1, Math.min(MAX_LIMIT, fitting));
    return undefined;
  }

  /** Repeats the list from the start, or with smaller pages. */
  #again(why: KubeFailure): OldestPod | undefined {
    const tooLarge = why.cause instanceof ResponseTooLargeError;
    if ((!tooLarge && why.kind !== 'expired') || this.#restarts === MAX_RESTARTS) return { ok: false, failure: why };
    this.#restarts += 1;
    if (tooLarge) this.#limit = 1;
    else this.#after = undefined;
    return undefined;
  }
}

function earliest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Creation times of the pods of the workload that are not being deleted. */
export function startsOf(owner: Pick<PodOwner, 'kind' | 'metadata'>, pods: readonly KubeObject[]): readonly number[] {
  return pods
    .filter((pod) => belongsTo(pod, owner) && pod.metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => Date.parse(metadata.creationTimestamp))
    .filter((time) => !Number.isNaN(time));
}

/** Kinds whose pods belong to ReplicaSets, whose names begin with the name of the workload. */
const WITH_REPLICA_SETS: ReadonlySet<ConsumerKind> = new Set(['Deployment', 'Rollout']);

/** Selectors of two workloads can overlap, so the owner reference decides. */
export function belongsTo(pod: KubeObject, { kind, metadata }: Pick<PodOwner, 'kind' | 'metadata'>): boolean {
  const controller = pod.metadata.ownerReferences?.find((owner) => owner.controller === true);
  if (controller === undefined) return false;
  if (!WITH_REPLICA_SETS.has(kind)) return controller.uid === metadata.uid;
  const suffix = controller.name.slice(metadata.name.length);
  return controller.kind === 'ReplicaSet' && controller.name.startsWith(metadata.name) && /^-[a-z0-9]+$/.test(suffix);
}
