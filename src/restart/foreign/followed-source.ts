/**
 * One source that workloads consume. When its version moves it is read once, after the changes have settled, and what the ledger stores of it is what is known:
 * before a baseline is stored, nothing is. An object whose version is that of the ledger is not read.
 */
import { backoffDelay, type BackoffPolicy } from '../../base/time/backoff.ts';
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import type { KubeResult } from '../../kube/port.ts';
import type { ObjectVersion } from '../../watch/port.ts';
import type { SourceEntry } from '../ledger/entry.ts';
import type { SourceContent } from '../source/content.ts';
import { contentOfEntry, type ForeignRules } from './next-source.ts';
import { type ConsumedKeys, MAX_KEYS } from './read-source.ts';

const RETRY: BackoffPolicy = { base: ms(1_000), cap: ms(60_000), factor: 2, jitter: 0.2 };

/** A version that the watch has told. */
export interface SeenVersion {
  readonly version: ObjectVersion;
  /** Milliseconds since the epoch. */
  readonly at: Ms;
}

export interface FollowedSourceOptions {
  /** What is stored. */
  readonly stored: () => SourceEntry | undefined;
  /** Reads the object and stores what is new. */
  readonly look: (consumed: ConsumedKeys, seen: SeenVersion, signal: AbortSignal) => Promise<KubeResult<void>>;
  readonly settle: Ms;
  readonly rules: ForeignRules;
  /** Ids of the reading of marks and of the key of digests: what was read with others is read again. */
  readonly readAs: string;
  readonly digestKey: string;
  readonly clock: Clock;
  /** Its content or its marks are known now, or have changed. */
  readonly onChange: () => void;
  readonly onFailure: (message: string) => void;
  readonly onDefect: (error: unknown) => void;
  readonly signal: AbortSignal;
}

export class FollowedSource {
  readonly #options: FollowedSourceOptions;
  readonly #wants = new Map<string, 'all' | readonly string[]>();
  readonly #stop = new AbortController();
  /** Absent until the watch has told it. */
  #seen: SeenVersion | undefined;
  /** The version for which it was read last. The read may have returned a later one, of which the watch tells afterwards. */
  #readFor: SeenVersion | undefined;
  #known: SourceEntry | 'absent' | undefined;
  #isBusy = false;
  #lastLook = Promise.resolve();

  constructor(options: FollowedSourceOptions) {
    this.#options = options;
  }

  get content(): SourceContent | 'unknown' | 'absent' {
    if (this.#known === undefined) return 'unknown';
    return this.#known === 'absent' ? 'absent' : contentOfEntry(this.#known, this.#options.rules);
  }

  get marks(): SourceEntry['marks'] {
    return this.#known === undefined || this.#known === 'absent' ? [] : this.#known.marks;
  }

  /** Nobody consumes it. */
  get isUnused(): boolean {
    return this.#wants.size === 0;
  }

  get consumers(): Iterable<string> {
    return this.#wants.keys();
  }

  want(consumer: string, keys: 'all' | readonly string[]): void {
    this.#wants.set(consumer, keys);
    this.#check();
  }

  unwant(consumer: string): void {
    this.#wants.delete(consumer);
  }

  seen(version: ObjectVersion): void {
    // A restarted watch tells the same version again.
    if (this.#seen === undefined || this.#seen.version !== version) this.#seen = { version, at: this.#options.clock.now() };
    this.#check();
  }

  /** Reads it now, whatever the watch has told, and stores what is new. */
  async confirm(signal: AbortSignal): Promise<KubeResult<void>> {
    const { look, clock } = this.#options;
    const seen = this.#seen ?? { version: undefined, at: clock.now() };
    const looked = await this.#alone(() => look(this.#consumed, seen, signal));
    if (looked.ok) this.#take();
    return looked;
  }

  end(): void {
    this.#stop.abort();
  }

  /** One look after the other: each compares with what the one before has stored. */
  #alone<T>(look: () => Promise<T>): Promise<T> {
    const turn = this.#lastLook.then(look);
    this.#lastLook = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  get #consumed(): ConsumedKeys {
    const keys = new Set<string>();
    for (const wanted of this.#wants.values()) {
      if (wanted === 'all') return 'all';
      for (const key of wanted) keys.add(key);
    }
    return keys;
  }

  /** Reads it if what is stored is not what consumers need to know. */
  #check(): void {
    if (this.#isBusy || this.#seen === undefined) return;
    if (this.#isCurrent(this.#seen.version)) this.#take();
    else void this.#run();
  }

  #isCurrent(version: ObjectVersion): boolean {
    const entry = this.#options.stored();
    const wasRead = this.#readFor !== undefined && this.#readFor.version === version;
    if (entry === undefined) return version === undefined && (wasRead || !this.#options.rules.onCreate);
    if (!wasRead && versionIn(entry) !== version) return false;
    return entry.resourceVersion === '' || this.#isReadAsNow(entry);
  }

  #isReadAsNow(entry: SourceEntry): boolean {
    const { readAs, digestKey } = this.#options;
    if (entry.readAs !== readAs || entry.digestKey !== digestKey) return false;
    const consumed = this.#consumed;
    if (entry.hasAllKeys) return true;
    return consumed !== 'all' && consumed.size <= MAX_KEYS && [...consumed].every((key) => Object.hasOwn(entry.digests, key));
  }

  async #run(): Promise<void> {
    const { signal, onDefect } = this.#options;
    const ended = AbortSignal.any([signal, this.#stop.signal]);
    this.#isBusy = true;
    try {
      await this.#untilCurrent(ended);
    } catch (error) {
      if (!ended.aborted) onDefect(error);
    } finally {
      this.#isBusy = false;
    }
    if (!ended.aborted) this.#check();
  }

  async #untilCurrent(signal: AbortSignal): Promise<void> {
    const { clock, settle, look, onFailure } = this.#options;
    for (let failures = 0; this.#seen !== undefined && !this.#isCurrent(this.#seen.version);) {
      if (failures === 0 && this.#isChanging(this.#seen.version)) await clock.sleep(settle, signal);
      const seen = this.#seen;
      const looked = await this.#alone(() => look(this.#consumed, seen, signal));
      failures = looked.ok ? 0 : failures + 1;
      if (looked.ok) {
        this.#readFor = seen;
        this.#take();
      } else {
        onFailure(looked.failure.message);
        await clock.sleep(backoffDelay(RETRY, failures), signal);
      }
    }
  }

  /** The first content delays nobody's restart, at a start the change is old already, and further keys are to be known at once. */
  #isChanging(version: ObjectVersion): boolean {
    const known = this.#known;
    return known !== undefined && (known === 'absent' ? undefined : versionIn(known)) !== version;
  }

  #take(): void {
    const next = this.#options.stored() ?? 'absent';
    const before = this.#known;
    this.#known = next;
    if (before === undefined || isNews(before, next, this.#options.rules)) this.#options.onChange();
  }
}

function versionIn({ uid, resourceVersion }: SourceEntry): ObjectVersion {
  return resourceVersion === '' ? undefined : `${uid}/${resourceVersion}`;
}

function isNews(before: SourceEntry | 'absent', next: SourceEntry | 'absent', rules: ForeignRules): boolean {
  const facts = (entry: SourceEntry | 'absent'): string => {
    if (entry === 'absent') return entry;
    const content = contentOfEntry(entry, rules);
    return content === 'absent' ? content : JSON.stringify([content.sequence, content.content, entry.marks]);
  };
  return facts(before) !== facts(next);
}
