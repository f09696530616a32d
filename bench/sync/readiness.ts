// Sees when ExternalSecrets become Ready, over a watch of its own.
import type { ClusterAccess } from '../../test/support/control-plane/cluster-access.ts';
import { externalSecretsPath } from './world.ts';

interface Watched {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const LIMIT_MS = 120_000;

export class Readiness implements Disposable {
  readonly #stop = new AbortController();
  readonly #ready = new Set<string>();
  #changed: () => void = () => undefined;
  #problem: Error | undefined;

  constructor(access: ClusterAccess, namespace: string) {
    void this.#follow(access, namespace);
  }

  /** Resolves with the time (performance.now) at which the last of `count` became Ready. */
  async all(count: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const look = (): void => {
      if (this.#problem !== undefined) reject(this.#problem);
      else if (this.#ready.size >= count) resolve(performance.now());
    };
    const limit = setTimeout(() => reject(new Error(`${this.#ready.size} of ${count} are Ready after ${LIMIT_MS} ms`)), LIMIT_MS);
    this.#changed = look;
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(limit);
    }
  }

  async #follow(access: ClusterAccess, namespace: string): Promise<void> {
    try {
      // The API server ends watches that read too slowly. A new one shows all that there is before it goes on.
      while (!this.#stop.signal.aborted) await this.#watch(access, namespace);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#problem = new Error('the watch of ExternalSecrets has failed', { cause: error });
      this.#changed();
    }
  }

  async #watch(access: ClusterAccess, namespace: string): Promise<void> {
    for await (const { object } of access.api.watch(`${externalSecretsPath(namespace)}?watch=true`, this.#stop.signal)) {
      const { metadata, status } = object as Watched;
      if (status?.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True') !== true) continue;
      this.#ready.add(metadata.name);
      this.#changed();
    }
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }
}
