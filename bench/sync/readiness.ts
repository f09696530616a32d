// Detects with its own watch the time when ExternalSecrets become Ready.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterAccess } from '../../test/support/control-plane/cluster-access.ts';
import { externalSecretsPath } from './world.ts';

interface Watched {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** What ten thousand resources may need on a slow machine. */
const LIMIT_MS = 900_000;
const RETRY_MS = 100;

export class Readiness implements Disposable {
  readonly #stop = new AbortController();
  readonly #ready = new Map<string, number>();

  #changed: () => void = () => undefined;
  #problem: unknown;

  constructor(access: ClusterAccess, namespace: string) {
    void this.#follow(access, namespace);
  }

  /** Resolves with the time (performance.now) at which the last of `count` became Ready. */
  async all(count: number): Promise<number> {
    await this.#until(() => this.#ready.size >= count, `${count} resources`);
    return performance.now();
  }

  /** Resolves with the time at which this one became Ready. */
  async one(name: string): Promise<number> {
    await this.#until(() => this.#ready.has(name), name);
    return this.#ready.get(name) ?? Number.NaN;
  }

  async #until(met: () => boolean, what: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const look = (): void => {
      if (met()) resolve(undefined);
    };
    const limit = setTimeout(() => {
      reject(new Error(`not Ready after ${LIMIT_MS} ms: ${what} (${this.#ready.size} are)`, { cause: this.#problem }));
    }, LIMIT_MS);
    this.#changed = look;
    look();
    try {
      await promise;
    } finally {
      clearTimeout(limit);
    }
  }

  /** The API server ends watches that read too slowly, and idle connections. A new one shows all that there is before it goes on. */
  async #follow(access: ClusterAccess, namespace: string): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#watch(access, namespace);
      } catch (error) {
        this.#problem = error; // told when the wait is too long
        await sleep(RETRY_MS);
      }
    }
  }

  async #watch(access: ClusterAccess, namespace: string): Promise<void> {
    for await (const { object } of access.api.watch(`${externalSecretsPath(namespace)}?watch=true`, this.#stop.signal)) {
      const { metadata, status } = object as Watched;
      if (status?.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True') !== true) continue;
      if (!this.#ready.has(metadata.name)) this.#ready.set(metadata.name, performance.now());
      this.#changed();
    }
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }
}
