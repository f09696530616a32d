// Detects with its own watch the time when the operator writes to Secrets.
import { setTimeout as sleep } from 'node:timers/promises';
import { keytender } from '../../src/api/keytender-dialect.ts';
import type { ClusterAccess } from '../../test/support/control-plane/cluster-access.ts';
import { waitUntil } from '../../test/support/control-plane/wait-until.ts';

interface Watched {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
}

const RETRY_MS = 100;
const LIMIT_MS = 900_000;

export class WrittenSecrets implements Disposable {
  readonly #stop = new AbortController();
  readonly #versions = new Map<string, string>();
  /** performance.now of the last write that was seen. */
  readonly #writtenAt = new Map<string, number>();
  #problem: Error | undefined;

  constructor(access: ClusterAccess, namespace: string) {
    void this.#follow(access, namespace);
  }

  /** Resolves when all that there are, are known. */
  async known(count: number): Promise<void> {
    await waitUntil('the Secrets are known', () => this.#versions.size >= count, { timeoutMs: LIMIT_MS });
  }

  writtenAt(name: string): number | undefined {
    return this.#writtenAt.get(name);
  }

  /** Resolves when each of these was written at or after its time. */
  async allWritten(after: ReadonlyMap<string, number>): Promise<void> {
    const missing = new Map(after);
    const look = (): boolean => {
      for (const [name, time] of missing) if ((this.#writtenAt.get(name) ?? 0) >= time) missing.delete(name);
      return missing.size === 0;
    };
    try {
      await waitUntil('the Secrets are written', look, { timeoutMs: LIMIT_MS, pollMs: 20 });
    } catch (error) {
      const problem = this.#problem === undefined ? '' : `; the watch: ${this.#problem.message}`;
      throw new Error(`${missing.size} of ${after.size} Secrets were not written${problem}`, { cause: error });
    }
  }

  /** The API server ends watches that read too slowly. A new one shows all that there is, of which a version not seen before was a write. */
  async #follow(access: ClusterAccess, namespace: string): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/secrets?watch=true&labelSelector=${encodeURIComponent(`${keytender.labels.managed}=true`)}`;
    while (!this.#stop.signal.aborted) {
      try {
        for await (const { type, object } of access.api.watch(path, this.#stop.signal)) this.#note(type, (object as Watched).metadata);
      } catch (error) {
        this.#problem = error instanceof Error ? error : undefined; // told when the wait is too long
        await sleep(RETRY_MS);
      }
    }
  }

  #note(type: string, { name, resourceVersion }: Watched['metadata']): void {
    if (type === 'DELETED') {
      this.#versions.delete(name);
      return;
    }
    const before = this.#versions.get(name);
    this.#versions.set(name, resourceVersion);
    if (before !== undefined && before !== resourceVersion) this.#writtenAt.set(name, performance.now());
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }
}
