// What the pods of a namespace have read of Secrets when they started: the proof that a restart was of use. It stands in the place of kubelet, which serves Secrets from
// its cache: a pod reads what the Secret was some time before.
import { createHash } from 'node:crypto';
import { waitUntil } from '../control-plane/wait-until.ts';
import type { AnyObject } from './objects.ts';
import type { Scene } from './scene.ts';

type Place = Pick<Scene, 'controlPlane' | 'namespace'>;

interface Version {
  readonly at: number;
  readonly digest: string;
}

interface Reader {
  readonly name: string;
  readonly app: string | undefined;
  /** Digests by the name of the Secret. */
  readonly reads: ReadonlyMap<string, string | undefined>;
}

/** As late as kubelet usually is. */
const LAG_MS = 1_000;

export class PodReads implements AsyncDisposable {
  readonly #versions = new Map<string, Version[]>();
  readonly #pods = new Map<string, Reader>();
  readonly #stop = new AbortController();
  readonly #following: Promise<unknown>;

  constructor(place: Place, secrets: string, pods: string) {
    const follow = async (path: string, take: (type: string, object: AnyObject) => void): Promise<void> => {
      try {
        for await (const { type, object } of place.controlPlane.api.watch(path, this.#stop.signal)) take(type, object as AnyObject);
      } catch (error) {
        if (!this.#stop.signal.aborted) throw error;
      }
    };
    this.#following = Promise.all([
      follow(secrets, (_, object) => this.#write(object)),
      follow(pods, (type, object) => (type === 'DELETED' ? this.#pods.delete(object.metadata.uid) : this.#start(object))),
    ]);
  }

  /** Resolves when every pod of these workloads has read what the Secrets hold now. */
  async untilCurrent(...apps: readonly string[]): Promise<void> {
    try {
      await waitUntil('every pod has read the present content', () => this.#stale(apps).length === 0);
    } catch (error) {
      throw new Error(`these pods run on an earlier content: ${this.#stale(apps).join(', ')}`, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  #stale(apps: readonly string[]): readonly string[] {
    const pods = [...this.#pods.values()].filter(({ app }) => app !== undefined && apps.includes(app));
    if (pods.length === 0) return ['no pod'];
    return pods
      .filter(({ reads }) => [...reads].some(([secret, digest]) => digest !== this.#versions.get(secret)?.at(-1)?.digest))
      .map(({ name }) => name);
  }

  #write({ metadata: { name }, data = {} }: AnyObject): void {
    const digest = createHash('sha256')
      .update(JSON.stringify(Object.entries(data).sort(([one], [other]) => (one < other ? -1 : 1))))
      .digest('hex');
    const versions = this.#versions.get(name) ?? [];
    this.#versions.set(name, [...versions, { at: Date.now(), digest }]);
  }

  #start(pod: AnyObject): void {
    const { uid, name, labels } = pod.metadata;
    if (this.#pods.has(uid)) return;
    const seen = Date.now() - LAG_MS;
    const reads = new Map(secretsOf(pod).map((secret) => [secret, this.#versions.get(secret)?.findLast(({ at }) => at <= seen)?.digest]));
    this.#pods.set(uid, { name, app: labels?.['app'], reads });
  }
}

/** The Secrets whose data its containers read as environment variables. */
function secretsOf({ spec }: AnyObject): readonly string[] {
  const { containers = [] } = (spec ?? {}) as {
    readonly containers?: readonly { readonly envFrom?: readonly { readonly secretRef?: { readonly name: string } }[] }[];
  };
  return containers.flatMap(({ envFrom = [] }) => envFrom.flatMap(({ secretRef }) => (secretRef === undefined ? [] : [secretRef.name])));
}

/** Follows the pods from now on, and those that are there. */
export function followPodReads(place: Place): PodReads {
  const path = (plural: string): string => `/api/v1/namespaces/${place.namespace}/${plural}?watch=1`;
  return new PodReads(place, path('secrets'), path('pods'));
}
