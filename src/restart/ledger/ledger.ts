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
import type { KubeReader, KubeResult, KubeWriter } from '../../kube/port.ts';
import type { SourceKind } from '../source/content.ts';
import { keyOfEntry, sourceKey, workloadKey, type EntryKey, type LedgerEntry, type SourceEntry, type WorkloadEntry } from './entry.ts';
import { Shard } from './shard.ts';

/** Few, so that writes of the same time meet in one request. 16 x 700 KiB hold some 20,000 entries. */
const SHARDS = 16;
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
  /** Default: 16. Another number finds no entries of before. */
  readonly shards?: number;
  /** Default: 700 KiB. */
  readonly bytesPerShard?: number;
}

/** The objects whose entries are kept. */
export interface Live {
  readonly workload: (uid: string) => boolean;
  readonly source: (kind: SourceKind, namespace: string, name: string) => boolean;
}

export class Ledger {
  readonly #options: LedgerOptions;
  #shards: readonly Shard[] | undefined;

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
      if (loaded.ok) return;
      this.#options.onProblem(`the ledger of restarts cannot be read, and no workload is restarted until then: ${loaded.failure.message}`);
      await this.#options.clock.sleep(backoffDelay(RETRY, failures), signal);
    }
  }

  get isLoaded(): boolean {
    return this.#shards !== undefined;
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
  write(entries: readonly LedgerEntry[], signal: AbortSignal): Promise<KubeResult<void>> {
    return this.#change(new Map(entries.map((entry) => [keyOfEntry(entry), entry])), signal);
  }

  /** Removes the entries of all objects that `live` does not know. To be called only when all workloads have been listed. */
  retain(live: Live, signal: AbortSignal): Promise<KubeResult<void>> {
    const gone = [...this.entries()].filter((entry) => !isLive(entry, live));
    return this.#change(new Map(gone.map((entry) => [keyOfEntry(entry), undefined])), signal);
  }

  async #change(changes: ReadonlyMap<EntryKey, LedgerEntry | undefined>, signal: AbortSignal): Promise<KubeResult<void>> {
    const byShard = new Map<Shard, Map<EntryKey, LedgerEntry | undefined>>();
    for (const [key, entry] of changes) {
      const shard = this.#shardOf(key);
      byShard.set(shard, (byShard.get(shard) ?? new Map<EntryKey, LedgerEntry | undefined>()).set(key, entry));
    }
    const written = Promise.all([...byShard].map(([shard, of]) => shard.write(of)));
    const results = await untilAborted(written, signal);
    return results.find((result) => !result.ok) ?? ok(undefined);
  }

  #find(key: EntryKey): LedgerEntry | undefined {
    return this.#shardOf(key).state.get(key);
  }

  #shardOf(key: EntryKey): Shard {
    const shards = this.#loaded;
    const shard = shards[hash(key) % shards.length];
    if (shard === undefined) throw new TypeError('a ledger has at least one shard');
    return shard;
  }

  get #loaded(): readonly Shard[] {
    if (this.#shards === undefined) throw new TypeError('the ledger is used before it is loaded');
    return this.#shards;
  }
}

function isLive(entry: LedgerEntry, live: Live): boolean {
  return entry.about === 'workload' ? live.workload(entry.uid) : live.source(entry.kind, entry.namespace, entry.name);
}

/** FNV-1a with 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}
