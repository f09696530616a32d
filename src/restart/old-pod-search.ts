/**
 * Searches for a pod of one workload that started before a change. Each step is one request, so that the caller can do other work between
 * steps.
 */
import { builtin } from '../api/object/builtin-types.ts';
import type { LabelSelector } from '../api/object/label-selector.ts';
import type { KubeObject } from '../api/object/object.ts';
import { ResponseTooLargeError } from '../kube/rest/errors.ts';
import type { KubeFailure, KubeReader, KubeResult, MetadataPage, MetadataReader } from '../kube/port.ts';
import { RUNNING_PODS, runsOldContent } from './plan-restart.ts';
import { podSelector } from './pod-selector.ts';
import type { Workload } from './port.ts';
import { workloadTypes } from '../api/object/workload-kinds.ts';

/** Whether such a pod exists. */
export type Answer = KubeResult<boolean>;

const NO: Answer = { ok: true, value: false };

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

export class OldPodSearch {
  readonly #client: KubeReader & MetadataReader;
  readonly #workload: Workload;
  readonly #changedAt: string;
  #begun = false;
  #selector: string | undefined;
  #after: string | undefined;
  #limit = FIRST_LIMIT;
  #restarts = 0;

  constructor(client: KubeReader & MetadataReader, workload: Workload, changedAt: string) {
    this.#client = client;
    this.#workload = workload;
    this.#changedAt = changedAt;
  }

  /** Sends one request. Undefined: another step is needed. */
  async step(signal: AbortSignal): Promise<Answer | undefined> {
    return this.#begun ? this.#askPage(signal) : this.#begin(signal);
  }

  /** The selector of the live workload. It can be as large as an object, so the cache does not keep it. */
  async #begin(signal: AbortSignal): Promise<Answer | undefined> {
    const { kind, metadata } = this.#workload;
    const name = { namespace: metadata.namespace ?? '', name: metadata.name };
    const live = await this.#client.get<SelectingObject>(workloadTypes[kind], name, signal);
    if (!live.ok) return live.failure.kind === 'not-found' ? NO : live;
    const selector = podSelector(live.value.spec?.selector);
    if (selector.selects === 'none') return NO;
    this.#begun = true;
    this.#selector = selector.selects === 'some' ? selector.text : undefined;
    return undefined;
  }

  async #askPage(signal: AbortSignal): Promise<Answer | undefined> {
    const scope = {
      namespace: this.#workload.metadata.namespace ?? '',
      fieldSelector: RUNNING_PODS,
      limit: this.#limit,
      ...(this.#selector === undefined ? {} : { labelSelector: this.#selector }),
      ...(this.#after === undefined ? {} : { after: this.#after }),
    };
    const page = await this.#client.metadataPage(builtin.pod, scope, signal);
    return page.ok ? this.#judge(page.value) : this.#again(page.failure);
  }

  #judge({ objects, next }: MetadataPage): Answer | undefined {
    if (runsOldContent(this.#workload, objects, this.#changedAt)) return { ok: true, value: true };
    if (next === undefined) return NO;
    const bytes = objects.reduce((sum, { metadata }) => sum + JSON.stringify(metadata).length, 0);
    const fitting = Math.floor((PAGE_BYTES * objects.length) / Math.max(bytes, 1));
    this.#after = next;
    this.#limit = Math.max(1, Math.min(MAX_LIMIT, fitting));
    return undefined;
  }

  /** Repeats the list from the start, or with smaller pages. */
  #again(why: KubeFailure): Answer | undefined {
    const tooLarge = why.cause instanceof ResponseTooLargeError;
    if ((!tooLarge && why.kind !== 'expired') || this.#restarts === MAX_RESTARTS) return { ok: false, failure: why };
    this.#restarts += 1;
    if (tooLarge) this.#limit = 1;
    else this.#after = undefined;
    return undefined;
  }
}
