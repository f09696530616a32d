/** The entries of one shard and the room that they take. Pure data. */
import { FairShare } from '../../base/sharing/fair-share.ts';
import { keyOfEntry, laterOf, type EntryKey, type LedgerEntry } from './entry.ts';
import { entryText, MAX_ENTRY, parseEntry } from './entry-text.ts';

/** A ConfigMap has at most 1 MiB. Quotation marks are escaped in requests. */
const MAX_BYTES = 700 * 1024;

interface Held {
  readonly entry: LedgerEntry;
  readonly bytes: number;
}

/** Changes of entries; undefined: the entry is removed. */
export type Changes = ReadonlyMap<EntryKey, LedgerEntry | undefined>;

export class ShardState {
  readonly #maxBytes: number;
  readonly #entries = new Map<string, Held>();
  readonly #share = new FairShare();
  /** Keys in the ConfigMap that are no entries. */
  readonly #corrupt = new Set<string>();
  #bytes = 0;

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get corrupt(): ReadonlySet<string> {
    return this.#corrupt;
  }

  get(key: EntryKey): LedgerEntry | undefined {
    return this.#entries.get(key)?.entry;
  }

  *entries(): Generator<LedgerEntry> {
    for (const { entry } of this.#entries.values()) yield entry;
  }

  *byKey(): Generator<readonly [EntryKey, LedgerEntry]> {
    for (const [key, { entry }] of this.#entries) yield [key as EntryKey, entry];
  }

  /** A member of the data that was read. */
  take(key: string, json: unknown): void {
    const entry = parseEntry(key, json);
    if (entry === undefined) this.#corrupt.add(key);
    else this.#set(key, entry);
  }

  /**
   * Applies `changes` and returns what must be written for them: the later one of each entry and what is stored. Undefined: there is no room, for all
   * namespaces or for this one, and nothing is applied.
   */
  admit(changes: Changes): Changes | undefined {
    const before = new Map([...changes.keys()].map((key) => [key, this.get(key)] as const));
    const admitted = new Map<EntryKey, LedgerEntry | undefined>();
    for (const [key, change] of changes) {
      const next = change && laterOf(change, this.get(key));
      if (next !== undefined && !this.hasRoomFor(next, key)) {
        this.apply(before);
        return undefined;
      }
      admitted.set(key, next);
      this.apply(new Map([[key, next]]));
    }
    return admitted;
  }

  apply(changes: Changes): void {
    for (const [key, entry] of changes) {
      if (entry === undefined) this.#remove(key);
      else this.#set(key, entry);
    }
  }

  /** The keys that were no entries are gone now. */
  repaired(): void {
    this.#corrupt.clear();
  }

  copy(): ShardState {
    const copy = new ShardState(this.#maxBytes);
    for (const [key, held] of this.#entries) copy.#hold(key, held);
    for (const key of this.#corrupt) copy.#corrupt.add(key);
    return copy;
  }

  hasRoomFor(entry: LedgerEntry, key: string = keyOfEntry(entry)): boolean {
    const bytes = bytesOf(key, entry);
    if (bytes > MAX_ENTRY) return false;
    const more = bytes - (this.#entries.get(key)?.bytes ?? 0);
    return more <= 0 || this.#share.mayTake(entry.namespace, this.#maxBytes - this.#bytes, more);
  }

  #set(key: string, entry: LedgerEntry): void {
    this.#remove(key);
    this.#hold(key, { entry, bytes: bytesOf(key, entry) });
  }

  #hold(key: string, held: Held): void {
    this.#entries.set(key, held);
    this.#bytes += held.bytes;
    this.#share.take(held.entry.namespace, held.bytes);
  }

  #remove(key: string): void {
    const held = this.#entries.get(key);
    if (held === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= held.bytes;
    this.#share.giveBack(held.entry.namespace, held.bytes);
  }
}

/** As in a request: the text is a string in JSON. */
function bytesOf(key: string, entry: LedgerEntry): number {
  return Buffer.byteLength(JSON.stringify(entryText(entry))) + key.length + 4;
}
