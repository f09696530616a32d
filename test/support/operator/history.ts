// All states of the objects of one kind in a test's namespace, from a watch that bypasses the proxy.
import { waitUntil } from '../control-plane/wait-until.ts';
import type { AnyObject } from './objects.ts';
import type { Scene } from './scene.ts';

export interface Sighting {
  readonly type: string;
  readonly object: AnyObject;
}

/** Where the objects are. */
type Place = Pick<Scene, 'controlPlane' | 'namespace'>;

export class History implements AsyncDisposable {
  readonly #sightings: Sighting[] = [];
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;
  readonly #place: Place;
  readonly #path: string;
  /** Of the list before the first state. */
  readonly #resourceVersion: string;

  constructor(place: Place, path: string, resourceVersion: string) {
    [this.#place, this.#path, this.#resourceVersion] = [place, path, resourceVersion];
    this.#watching = this.#follow(place, `${path}?watch=1&resourceVersion=${resourceVersion}`);
  }

  /** The states of one object since the start, oldest first. */
  of(name: string): readonly Sighting[] {
    return this.#sightings.filter(({ object }) => object.metadata.name === name);
  }

  /** The states of all objects since the start, oldest first. */
  all(): readonly AnyObject[] {
    return this.#sightings.map(({ object }) => object);
  }

  /** How often what `read` makes of the object became something else; its first sight counts as one. */
  changes(name: string, read: (object: AnyObject) => unknown): number {
    const states = this.of(name).map(({ object }) => JSON.stringify(read(object)));
    return states.filter((state, index) => state !== states[index - 1]).length;
  }

  /** Resolves when the watch has shown the present state of this object: on a busy machine it comes later than the answer to a request. */
  async untilCurrent(name: string): Promise<void> {
    await waitUntil(`the watch shows the present state of ${name}`, async () => {
      const { status, body } = await this.#place.controlPlane.api.send({ path: `${this.#path}/${name}` });
      const last = this.of(name).at(-1);
      if (status === 404) return last === undefined || last.type === 'DELETED';
      const { resourceVersion } = (body as AnyObject).metadata;
      return Number(resourceVersion) <= Number(this.#resourceVersion) || last?.object.metadata.resourceVersion === resourceVersion;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #follow({ controlPlane }: Place, path: string): Promise<void> {
    try {
      for await (const { type, object } of controlPlane.api.watch(path, this.#stop.signal)) {
        if (type !== 'ERROR') this.#sightings.push({ type, object: object as AnyObject });
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    }
  }
}

const PATHS = {
  secrets: '/api/v1',
  deployments: '/apis/apps/v1',
  leases: '/apis/coordination.k8s.io/v1',
  externalsecrets: '/apis/keytender.dev/v1',
  secretstores: '/apis/keytender.dev/v1',
} as const;

/** Follows the objects of this kind from now on. */
export async function followObjects(place: Place, plural: keyof typeof PATHS): Promise<History> {
  const path = `${PATHS[plural]}/namespaces/${place.namespace}/${plural}`;
  const { body } = await place.controlPlane.api.send({ path });
  return new History(place, path, (body as { readonly metadata: { readonly resourceVersion: string } }).metadata.resourceVersion);
}
