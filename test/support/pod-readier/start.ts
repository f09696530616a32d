// Replaces scheduler and kubelet for rollouts: marks pods Running and Ready, or sets the state that a test requests.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../control-plane/api-client.ts';
import type { ClusterAccess } from '../control-plane/cluster-access.ts';
import { observedState, statusFor } from './pod-status.ts';
import type { Pod, PodState, Report } from './pod-status.ts';

/** Which pods: all labels must be there, and the name must be none of `except`; no namespace means every namespace. */
export interface PodSelector {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Only pods that are seen for the first time after the rule was set. */
  readonly onlyNew?: boolean;
  readonly except?: readonly string[];
}

export interface PodBehaviour {
  /** `untouched`: nothing is reported, as if no node had room. */
  readonly state: PodState | 'untouched';
  /** Milliseconds from the creation of a pod until its state is reported. Default 0. */
  readonly delayMs?: number;
  /** Of `crash-loop`: what the container has left as its termination message. */
  readonly terminationMessage?: string;
}

interface Rule {
  readonly selector: PodSelector;
  readonly behaviour: PodBehaviour;
  /** The uids of pods to which it does not apply. */
  readonly except: ReadonlySet<string>;
}

interface PodList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly Pod[];
}

const READY: PodBehaviour = { state: 'ready' };
const RECONNECT_MS = 200;

/**
 * Starts one for a namespace, or for a whole control plane where nobody else's pods are. Two that serve one pod would take each other's reports
 * back. Resolves when it has seen the pods that are there.
 */
export async function startPodReadier(access: ClusterAccess, namespace?: string): Promise<PodReadier> {
  const readier = new PodReadier(access.api, namespace === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${namespace}/pods`);
  await readier.listed;
  return readier;
}

export class PodReadier implements AsyncDisposable {
  readonly #api: ApiClient;
  readonly #path: string;
  readonly #pods = new Map<string, Pod>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #reports = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #finished: Promise<void>;
  readonly listed: Promise<void>;
  #rules: readonly Rule[] = [];
  #addresses = 0;

  constructor(api: ApiClient, path: string) {
    this.#api = api;
    this.#path = path;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.listed = promise;
    this.#finished = this.#follow(resolve);
  }

  /** From now on these pods, existing ones too, behave so; the latest rule that fits counts. Disposing the result takes the rule back. */
  set(selector: PodSelector, behaviour: PodBehaviour): Disposable {
    const rule: Rule = { selector, behaviour, except: new Set(selector.onlyNew === true ? this.#pods.keys() : []) };
    this.#rules = [rule, ...this.#rules];
    this.#reviewAll();
    return {
      [Symbol.dispose]: () => {
        this.#rules = this.#rules.filter((one) => one !== rule);
        this.#reviewAll();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all([this.#finished, ...this.#reports]);
  }

  // Lists and watches until disposed; the API server may be away for a while.
  async #follow(onListed: () => void): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const version = await this.#list(signal);
        onListed();
        await this.#watch(version, signal);
      } catch {
        // The API server is away or the test is over; either way the loop's condition and the next list tell.
      }
      await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #watch(version: string, signal: AbortSignal): Promise<void> {
    for await (const { type, object } of this.#api.watch(`${this.#path}?watch=1&resourceVersion=${version}`, signal)) {
      if (type === 'ERROR') return; // too old a version: list again
      this.#observe(type, object as Pod);
    }
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { status, body } = await this.#api.send({ path: this.#path, signal });
    if (status !== 200) throw new Error(`list of pods: HTTP ${status}`);
    const list = body as PodList;
    this.#pods.clear();
    for (const pod of list.items) this.#observe('ADDED', pod);
    return list.metadata.resourceVersion;
  }

  #observe(type: string, pod: Pod): void {
    if (type === 'DELETED') {
      this.#pods.delete(pod.metadata.uid);
      this.#cancelTimer(pod.metadata.uid);
      return;
    }
    this.#pods.set(pod.metadata.uid, pod);
    this.#review(pod);
  }

  #reviewAll(): void {
    for (const pod of this.#pods.values()) this.#review(pod);
  }

  #review(pod: Pod): void {
    this.#cancelTimer(pod.metadata.uid);
    const rule = this.#rules.find(({ selector, except }) => !except.has(pod.metadata.uid) && matches(selector, pod));
    const { state, delayMs = 0, terminationMessage } = rule?.behaviour ?? READY;
    if (state === 'untouched' || state === observedState(pod) || isOver(pod)) return;
    const report: Report = { state, ...(terminationMessage === undefined ? {} : { terminationMessage }) };
    // Unscheduled pods are removed by the API server as soon as somebody deletes them, so there is nothing to finish for them.
    const dueMs = Date.parse(pod.metadata.creationTimestamp) + delayMs - Date.now();
    if (delayMs > 0 && dueMs > 0)
      this.#timers.set(
        pod.metadata.uid,
        setTimeout(() => this.#report(pod, report), dueMs),
      );
    else this.#report(pod, report);
  }

  #report(pod: Pod, report: Report): void {
    const sent = this.#patch(pod, report).catch(() => undefined); // the API server is away: the list after its return asks again
    this.#reports.add(sent);
    void sent.finally(() => this.#reports.delete(sent));
  }

  async #patch({ metadata }: Pod, report: Report): Promise<void> {
    const pod = this.#pods.get(metadata.uid);
    if (pod === undefined) return;
    const address = this.#addresses++;
    const podIp = `10.244.${Math.floor(address / 250) % 250}.${(address % 250) + 1}`;
    await this.#api.send({
      method: 'PATCH',
      path: `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/status`,
      // The uid keeps the status from a new pod of the same name (StatefulSets make those).
      body: { metadata: { uid: metadata.uid }, status: statusFor(pod, report, podIp, new Date().toISOString().replace(/\.\d+/, '')) },
      contentType: 'application/merge-patch+json',
      signal: this.#stop.signal,
    });
  }

  #cancelTimer(uid: string): void {
    clearTimeout(this.#timers.get(uid));
    this.#timers.delete(uid);
  }
}

function matches({ namespace, labels = {}, except = [] }: PodSelector, { metadata }: Pod): boolean {
  if ((namespace !== undefined && namespace !== metadata.namespace) || except.includes(metadata.name)) return false;
  return Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
}

function isOver({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined || status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
