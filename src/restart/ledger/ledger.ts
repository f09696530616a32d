/**
 * What must survive a restart of the operator, and what neither marker, Secret nor status holds: the last restart of each workload, and the content of sources
 * that somebody else writes. It is kept in ConfigMaps of the operator's namespace, and in memory while this process leads. Values appear only as keyed digests.
 */
import { ledgerNameOf } from '../../api/installation.ts';
import { ok } from '../../base/result.ts';
import { backoffDelay, type BackoffPolicy } from '../../base/time/backoff.ts';
import { type Clock, ms } from '../../base/time/clock.ts';
import type { TimeSlices } from '../../base/time/time-slices.ts';
import { untilAborted } from '../../base/waiting.ts';
import type { KubeFailure, KubeReader, KubeResult, KubeWriter } from '../../kube/port.ts';
import type { ConsumerKind } from '../consumer/consumer.ts';
import type { SourceKind } from '../source/content.ts';
import {
  keyOfEntry,
  laterOf,
  sourceKey,
  workloadKey,
  type EntryKey,
  type LedgerEntry,
  type SourceEntry,
  type WorkloadEntry,
} from './entry.ts';
import { Shard } from './shard.ts';

/** 16 x 700 KiB hold some 20,000 entries. */
const SHARDS = 16;
/** Entries of one write that are placed before the room that they take is known. */
const CHUNK = 64;
const RETRY: BackoffPolicy = { base: ms(1_000), cap: ms(30_000), factor: 2, jitter: 0.2 };

export interface LedgerOptions {
  /** The client whose writes end with the Lease. */
  readonly client: KubeReader & KubeWriter;
  /** The operator's namespace. */
  readonly namespace: string;
  /** The shard of the installation that this process leads, if it has shards. */
  readonly installationShard?: string;
  readonly slices: TimeSlices;
  readonly clock: Pick<Clock, 'sleep'>;
  /** A text for the log: entries that are not readable, or a failed read. */
  readonly onProblem: (message: string) => void;
  /** Default: 16. A smaller number does not find all entries of before. */
  readonly shards?: number;
  /** Default: 700 KiB. */
  readonly bytesPerShard?: number;
}

/** The objects whose entries are kept. */
export interface Live {
  readonly workload: (uid: string, kind: ConsumerKind, namespace: string, name: string) => boolean;
  readonly source: (kind: SourceKind, namespace: string, name: string) => boolean;
}

export class Ledger {
  readonly #options: LedgerOptions;
  #shards: readonly Shard[] | undefined;
  /** Where entries are being written for the first time. */
  readonly #placed = new Map<EntryKey, Shard>();
  #unread: KubeFailure | undefined;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /**
   * Called when this process begins to lead; `signal` aborts when it ends. Tries until it succeeds: nothing may be decided before. Rejects when the signal
   * aborts.
   */
  async load(signal: AbortSignal): Promise<void> {
    this.#shards = undefined;
    const { client, namespace, installationShard, slices, onProblem, bytesPerShard, shards = SHARDS } = this.#options;
    const made = Array.from({ length: shards }, (_, part) => {
      const object = { namespace, name: ledgerNameOf(part, installationShard) };
      return new Shard({ client, object, work: slices.worker('', signal), onProblem, maxBytes: bytesPerShard, signal });
    });
    for (const shard of made) await this.#loadOne(shard, signal);
    this.#shards = made;
  }

  async #loadOne(shard: Shard, signal: AbortSignal): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      const loaded = await shard.load();
      this.#unread = loaded.ok ? undefined : loaded.failure;
      if (loaded.ok) return;
      this.#options.onProblem(`the ledger of restarts cannot be read, and no workload is restarted until then: ${loaded.failure.message}`);
      await this.#options.clock.sleep(backoffDelay(RETRY, failures), signal);
    }
  }

  get isLoaded(): boolean {
    return this.#shards !== undefined;
  }

  /** Why the last attempt to load it has failed. Undefined: it is loaded, or is being read. */
  get unread(): KubeFailure | undefined {
    return this.#unread;
  }

  workload(uid: string): WorkloadEntry | undefined {
    const found = this.#find(workloadKey(uid));
    return found?.about === 'workload' ? found : undefined;
  }

  source(kind: SourceKind, namespace: string, name: string): SourceEntry | undefined {
    const found = this.#find(sourceKey(kind, namespace, name));
    return found?.about === 'source' && found.kind === kind && found.namespace === namespace && found.name === name ? found : undefined;
  }

  /** All entries, in no order. */
  *entries(): Generator<LedgerEntry> {
    for (const shard of this.#loaded) yield* shard.state.entries();
  }

  /** Bytes of all ConfigMaps, and of the fullest one. */
  get bytes(): { readonly all: number; readonly most: number } {
    const bytes = this.#loaded.map((shard) => shard.state.bytes);
    return { all: bytes.reduce((sum, each) => sum + each, 0), most: Math.max(...bytes) };
  }

  /**
   * Resolves when all entries are stored, or with the first failure; then some of them may be stored. Until then lookups return what was stored before. Rejects
   * when `signal` aborts; the write continues.
   */
  async write(entries: readonly LedgerEntry[], signal: AbortSignal): Promise<KubeResult<void>> {
    for (let from = 0; from < entries.length; from += CHUNK) {
      const result = await this.#writeSome(entries.slice(from, from + CHUNK), signal);
      if (!result.ok) return result;
    }
    return ok(undefined);
  }

  /** Entries that together have no room in one shard may have it in several. */
  async #writeSome(entries: readonly LedgerEntry[], signal: AbortSignal): Promise<KubeResult<void>> {
    const result = await this.#store(entries, signal);
    if (result.ok || result.failure.kind !== 'quota') return result;
    for (const entry of entries) {
      const alone = await this.#writeOne(entry, signal);
      if (!alone.ok) return alone;
    }
    return ok(undefined);
  }

  /** A shard that had room can be full by writes of the same time; the next attempt knows. */
  async #writeOne(entry: LedgerEntry, signal: AbortSignal): Promise<KubeResult<void>> {
    let result = await this.#store([entry], signal);
    for (let tries = 1; tries < this.#loaded.length && !result.ok && result.failure.kind === 'quota'; tries += 1) {
      result = await this.#store([entry], signal);
    }
    return result;
  }

  async #store(entries: readonly LedgerEntry[], signal: AbortSignal): Promise<KubeResult<void>> {
    const placed = entries.map((entry) => [this.#placeOf(entry), keyOfEntry(entry), entry] as const);
    try {
      return await this.#change(placed, signal);
    } finally {
      for (const [, key] of placed) this.#placed.delete(key);
    }
  }

  /** Removes the entries of all objects that `live` does not know. */
  retain(live: Live, signal: AbortSignal): Promise<KubeResult<void>> {
    const gone = this.#loaded.flatMap((shard) =>
      [...shard.state.entries()].filter((entry) => !isLive(entry, live)).map((entry) => [shard, keyOfEntry(entry), undefined] as const),
    );
    return this.#change(gone, signal);
  }

  async #change(changes: readonly (readonly [Shard, EntryKey, LedgerEntry | undefined])[], signal: AbortSignal): Promise<KubeResult<void>> {
    const byShard = new Map<Shard, Map<EntryKey, LedgerEntry | undefined>>();
    for (const [shard, key, entry] of changes) {
      byShard.set(shard, (byShard.get(shard) ?? new Map<EntryKey, LedgerEntry | undefined>()).set(key, entry));
    }
    const written = Promise.all([...byShard].map(([shard, of]) => shard.write(of)));
    const results = await untilAborted(written, signal);
    return results.find((result) => !result.ok) ?? ok(undefined);
  }

  /** Two leaders may have written one entry in two shards. */
  #find(key: EntryKey): LedgerEntry | undefined {
    let found: LedgerEntry | undefined;
    for (const { state } of this.#loaded) {
      const entry = state.get(key);
      if (entry !== undefined) found = laterOf(entry, found);
    }
    return found;
  }

  /**
   * An entry stays where it is. A new one goes to the shard of its namespace, or to the next one with room: workloads that are restarted together then share a request.
   * Without room anywhere, the shard of the namespace refuses it.
   */
  #placeOf(entry: LedgerEntry): Shard {
    const [key, shards] = [keyOfEntry(entry), this.#loaded];
    const present = this.#placed.get(key) ?? shards.find(({ state }) => state.get(key) !== undefined);
    if (present !== undefined) return present;
    const first = hash(entry.namespace) % shards.length;
    const inOrder = [...shards.slice(first), ...shards.slice(0, first)];
    const place = inOrder.find(({ state }) => state.hasRoomFor(entry)) ?? inOrder[0];
    if (place === undefined) throw new TypeError('a ledger has at least one shard');
    this.#placed.set(key, place);
    return place;
  }

  get #loaded(): readonly Shard[] {
    if (this.#shards === undefined) throw new TypeError('the ledger is used before it is loaded');
    return this.#shards;
  }
}

function isLive(entry: LedgerEntry, live: Live): boolean {
  return entry.about === 'workload'
    ? live.workload(entry.uid, entry.kind, entry.namespace, entry.name)
    : live.source(entry.kind, entry.namespace, entry.name);
}

/** FNV-1a with 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}
