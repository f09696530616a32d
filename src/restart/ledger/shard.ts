/**
 * One part of the ledger: a ConfigMap. While a request runs, further writes gather and become the next request. Each request writes the changed keys only,
 * under the resourceVersion that was read last; after a conflict the ConfigMap is read and the changes are planned again.
 */
import { builtin } from '../../api/object/builtin-types.ts';
import { type KubeObject, valueIn } from '../../api/object/object.ts';
import type { ObjectName } from '../../base/key.ts';
import { failed, ok } from '../../base/result.ts';
import { inSlices } from '../../base/time/slices.ts';
import type { SlicedWork } from '../../base/time/time-slices.ts';
import type { KubeFailure, KubeReader, KubeResult, KubeWriter } from '../../kube/port.ts';
import type { EntryKey, LedgerEntry } from './entry.ts';
import { entryText } from './entry-text.ts';
import { type Changes, ShardState } from './shard-state.ts';

/** Other clients write to the ConfigMap only while two operators believe that they lead. */
const MAX_TRIES = 5;

export interface ShardOptions {
  readonly client: KubeReader & KubeWriter;
  readonly object: ObjectName;
  /** For reading long data. */
  readonly work: SlicedWork;
  readonly onProblem: (message: string) => void;
  readonly maxBytes?: number | undefined;
  /** Ends when this process leads no more. */
  readonly signal: AbortSignal;
}

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, unknown>>;
}

interface PendingWrite {
  readonly changes: Changes;
  readonly resolve: (result: KubeResult<void>) => void;
  readonly reject: (error: unknown) => void;
}

interface Request {
  readonly writes: readonly PendingWrite[];
  readonly refused: readonly PendingWrite[];
  readonly changes: Changes;
  readonly next: ShardState;
}

export class Shard {
  readonly #options: ShardOptions;
  #state: ShardState;
  /** Absent: there is no ConfigMap yet. */
  #version: string | undefined;
  #pending: PendingWrite[] = [];
  #isWriting = false;

  constructor(options: ShardOptions) {
    this.#options = options;
    this.#state = new ShardState(options.maxBytes);
  }

  /** What is stored for certain. */
  get state(): Pick<ShardState, 'get' | 'entries' | 'hasRoomFor' | 'bytes' | 'size'> {
    return this.#state;
  }

  /** Reads the ConfigMap, and removes what is no entry. */
  async load(): Promise<KubeResult<void>> {
    const read = await this.#read();
    return read.ok && this.#state.corrupt.size > 0 ? this.write(new Map()) : read;
  }

  /** Resolves when the changes are stored. The failure is `quota` if there is no room for them. Rejects when the signal of the shard aborts. */
  write(changes: Changes): Promise<KubeResult<void>> {
    const { promise, resolve, reject } = Promise.withResolvers<KubeResult<void>>();
    this.#pending.push({ changes, resolve, reject });
    if (!this.#isWriting) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#isWriting = true;
    // Writes of the same step of the event loop are one request.
    await Promise.resolve();
    while (this.#pending.length > 0) {
      const writes = this.#pending;
      this.#pending = [];
      try {
        await this.#commit(writes);
      } catch (error) {
        for (const { reject } of writes) reject(error);
      }
    }
    this.#isWriting = false;
  }

  async #commit(writes: readonly PendingWrite[]): Promise<void> {
    let request = this.#plan(writes);
    let result = await this.#send(request);
    for (let tries = 1; tries < MAX_TRIES && !result.ok && isStale(result.failure); tries += 1) {
      const read = await this.#read();
      if (!read.ok) {
        result = read;
        break;
      }
      request = this.#plan(writes);
      result = await this.#send(request);
    }
    if (result.ok) this.#state = request.next;
    for (const { resolve } of request.writes) resolve(result);
    for (const { resolve } of request.refused) resolve(failed(noRoom(this.#options.object.name)));
  }

  #plan(all: readonly PendingWrite[]): Request {
    const next = this.#state.copy();
    const [writes, refused]: PendingWrite[][] = [[], []];
    const changes = new Map<EntryKey, LedgerEntry | undefined>();
    for (const key of next.corrupt) changes.set(key as EntryKey, next.get(key as EntryKey));
    for (const write of all) {
      const admitted = next.admit(write.changes);
      (admitted === undefined ? refused : writes)?.push(write);
      for (const [key, entry] of admitted ?? []) changes.set(key, entry);
    }
    next.repaired();
    return { writes: writes ?? [], refused: refused ?? [], changes, next };
  }

  async #send({ changes, next }: Request): Promise<KubeResult<void>> {
    const { client, object, signal } = this.#options;
    signal.throwIfAborted();
    if (changes.size === 0) return ok(undefined);
    if (this.#version === undefined)
      return this.#taken(await client.create<ConfigMap>(builtin.configMap, object.namespace, bodyOf(object, next), signal));
    const data = Object.fromEntries([...changes].map(([key, entry]) => [key, entry === undefined ? null : entryText(entry)]));
    const patch = { metadata: { resourceVersion: this.#version }, data };
    return this.#taken(await client.mergePatch<ConfigMap>(builtin.configMap, object, patch, signal));
  }

  #taken(written: KubeResult<ConfigMap>): KubeResult<void> {
    if (!written.ok) return written;
    this.#version = written.value.metadata.resourceVersion;
    return ok(undefined);
  }

  /** Replaces the state. What is in memory and no longer stored is forgotten, except if the whole ConfigMap is gone: then it is created again. */
  async #read(): Promise<KubeResult<void>> {
    const { client, object, work, signal } = this.#options;
    const read = await client.get<ConfigMap>(builtin.configMap, object, signal);
    if (!read.ok) {
      if (read.failure.kind !== 'not-found') return read;
      this.#version = undefined;
      return ok(undefined);
    }
    const { data = {}, metadata } = read.value;
    const state = new ShardState(this.#options.maxBytes);
    await inSlices(Object.keys(data), work, (key) => state.take(key, valueIn(data, key)));
    // An entry that somebody has spoilt is still in memory.
    for (const key of state.corrupt) state.apply(new Map([[key as EntryKey, this.#state.get(key as EntryKey)]]));
    this.#state = state;
    this.#version = metadata.resourceVersion;
    this.#sayCorrupt(state.corrupt);
    return ok(undefined);
  }

  #sayCorrupt(corrupt: ReadonlySet<string>): void {
    if (corrupt.size === 0) return;
    const { object, onProblem } = this.#options;
    const first = [...corrupt]
      .slice(0, 3)
      .map((key) => key.slice(0, 50))
      .join(', ');
    onProblem(
      `ConfigMap ${object.namespace}/${object.name}: ${corrupt.size} entries are not readable and are removed, such as ${first}; do not edit it`,
    );
  }
}

/** The ConfigMap was changed, created or deleted since it was read. */
function isStale({ kind }: KubeFailure): boolean {
  return kind === 'conflict' || kind === 'not-found' || kind === 'already-exists';
}

function bodyOf({ namespace, name }: ObjectName, state: ShardState): object {
  const data = Object.fromEntries(entryTexts(state));
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

function* entryTexts(state: ShardState): Generator<readonly [EntryKey, string]> {
  for (const [key, entry] of state.byKey()) yield [key, entryText(entry)];
}

function noRoom(name: string): KubeFailure {
  const message = `ConfigMap ${name} has no room for what a restart must record; nothing is restarted for it until entries of deleted workloads are removed`;
  return { kind: 'quota', status: 0, message };
}
