/**
 * The content of Secrets and ConfigMaps that somebody else writes, as far as workloads consume them. Their versions come with metadata watches; values are
 * read only when a version moves, reduced to keyed digests, and dropped. No value is kept, and nothing is read of objects that nobody consumes.
 */
import { builtin } from '../../api/object/builtin-types.ts';
import { type ObjectMeta, versionOf } from '../../api/object/object.ts';
import type { DigestKey } from '../../base/digest.ts';
import { Limit } from '../../base/sharing/limit.ts';
import { Rates, type Rate } from '../../base/sharing/rates.ts';
import { ok } from '../../base/result.ts';
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import type { KubeReader, KubeResult } from '../../kube/port.ts';
import type { FollowedVersions } from '../../watch/port.ts';
import type { SourceEntry } from '../ledger/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { SourceContent, SourceKind, SourceName } from '../source/content.ts';
import type { SourceMark } from '../source/mark.ts';
import { FollowedSource, type SeenVersion } from './followed-source.ts';
import { isLeftOut } from './left-out.ts';
import { nextAbsent, nextPresent, type ForeignRules, type Name, type Round } from './next-source.ts';
import { readSource, type ConsumedKeys, type SourceObject } from './read-source.ts';

/** Reads at the same time. Namespaces take turns. */
const READS = 8;
/** Reads of one namespace. Each read may return 1 MiB. */
const RATE: Rate = { burst: 100, perSecond: 20 };
const FOR_EVER = ms(Number.MAX_SAFE_INTEGER);

export interface ForeignOptions {
  readonly versions: FollowedVersions;
  readonly client: Pick<KubeReader, 'get'>;
  /** It has been loaded. */
  readonly ledger: Pick<Ledger, 'source' | 'write'>;
  readonly digestKey: DigestKey;
  readonly clock: Clock;
  /** Time from a change to the read: changes that come within it are one. */
  readonly settle: Ms;
  readonly rules: ForeignRules;
  readonly marks: { readonly id: string; readonly of: (metadata: ObjectMeta) => readonly SourceMark[] };
  /** The content or the marks of a source are known for the first time, or have changed. `consumers`: who has declared it. It may only enqueue keys. */
  readonly onChange: (namespace: string, source: SourceName, consumers: Iterable<string>) => void;
  /** A source cannot be read or its state cannot be stored; it is tried again. At most 300 characters. */
  readonly onProblem: (namespace: string, source: SourceName, message: string) => void;
  readonly onDefect: (error: unknown) => void;
  /** Ends when this process leads no more. */
  readonly signal: AbortSignal;
}

/** What a workload consumes. */
export interface Interest extends SourceName {
  readonly keys: 'all' | readonly string[];
}

const types = { Secret: builtin.secret, ConfigMap: builtin.configMap } as const;

interface Followed {
  readonly source: FollowedSource;
  readonly end: () => void;
}

export class ForeignSources {
  readonly #options: ForeignOptions;
  readonly #followed = new Map<string, Followed>();
  readonly #declared = new Map<string, ReadonlyMap<string, Interest>>();
  readonly #reads = new Limit(READS);
  readonly #rates: Rates<string>;

  constructor(options: ForeignOptions) {
    this.#options = options;
    this.#rates = new Rates(options.clock);
  }

  /** Number of sources that are followed. */
  get size(): number {
    return this.#followed.size;
  }

  /** Replaces what `consumer` (see consumerId) declared before. An empty list removes it. */
  declare(consumer: string, namespace: string, interests: readonly Interest[]): void {
    const next = new Map(interests.map((interest) => [idOf({ namespace, ...interest }), interest]));
    const before = this.#declared.get(consumer) ?? new Map<string, Interest>();
    if (next.size === 0) this.#declared.delete(consumer);
    else this.#declared.set(consumer, next);
    for (const [id, { kind, name, keys }] of next)
      if (!isSame(before.get(id)?.keys, keys)) this.#follow({ namespace, kind, name }).want(consumer, keys);
    for (const id of before.keys()) if (!next.has(id)) this.#release(id, consumer);
  }

  /** unknown: it was not read yet, or nobody has declared it. */
  contentOf(namespace: string, { kind, name }: SourceName): SourceContent | 'unknown' | 'absent' {
    return this.#followed.get(idOf({ namespace, kind, name }))?.source.content ?? 'unknown';
  }

  /** The content that the API server has now, for the last look before a restart (see LiveReads). What is new is stored and told first. */
  async confirm(
    namespace: string,
    { kind, name }: SourceName,
    signal: AbortSignal,
  ): Promise<KubeResult<SourceContent | 'unknown' | 'absent'>> {
    const source = this.#followed.get(idOf({ namespace, kind, name }))?.source;
    if (source === undefined) return ok('unknown');
    const confirmed = await source.confirm(signal);
    return confirmed.ok ? ok(source.content) : confirmed;
  }

  /** Of a source that is not known: none. */
  marksOf(namespace: string, { kind, name }: SourceName): readonly SourceMark[] {
    return this.#followed.get(idOf({ namespace, kind, name }))?.source.marks ?? [];
  }

  /** Who has declared the source. */
  consumersOf(namespace: string, { kind, name }: SourceName): Iterable<string> {
    return this.#followed.get(idOf({ namespace, kind, name }))?.source.consumers ?? [];
  }

  /** Whether the ledger must keep what it has of the source. */
  isDeclared(kind: SourceKind, namespace: string, name: string): boolean {
    return this.#followed.has(idOf({ namespace, kind, name }));
  }

  #follow(name: Name): FollowedSource {
    const existing = this.#followed.get(idOf(name));
    if (existing !== undefined) return existing.source;
    const source = this.#sourceOf(name);
    const end = this.#options.versions.follow({ type: types[name.kind], ...name }, (version) => source.seen(version));
    this.#followed.set(idOf(name), { source, end });
    return source;
  }

  #release(id: string, consumer: string): void {
    const followed = this.#followed.get(id);
    if (followed === undefined) return;
    followed.source.unwant(consumer);
    if (!followed.source.isUnused) return;
    followed.end();
    followed.source.end();
    this.#followed.delete(id);
  }

  #sourceOf(name: Name): FollowedSource {
    const { ledger, settle, rules, marks, digestKey, clock, onChange, onProblem, onDefect, signal } = this.#options;
    const { namespace, ...source } = name;
    return new FollowedSource({
      stored: () => ledger.source(name.kind, namespace, name.name),
      look: (consumed, seen, ended) => this.#look(name, consumed, seen, ended),
      settle,
      rules,
      readAs: marks.id,
      digestKey: digestKey.id,
      clock,
      onChange: () => onChange(namespace, source, this.consumersOf(namespace, source)),
      onFailure: (message) => onProblem(namespace, source, message),
      onDefect,
      signal,
    });
  }

  async #look(name: Name, consumed: ConsumedKeys, seen: SeenVersion, signal: AbortSignal): Promise<KubeResult<void>> {
    const { client, clock, ledger } = this.#options;
    const wait = this.#rates.reserve(name.namespace, RATE, FOR_EVER) ?? ms(0);
    if (wait > 0) await clock.sleep(wait, signal);
    const reading = (): Promise<KubeResult<SourceObject>> => client.get<SourceObject>(types[name.kind], name, signal);
    const read = await this.#reads.run(name.namespace, reading, signal);
    // Pods that started after the first of several changes may have read that one, so the time is that of the last one.
    const isSeen = (read.ok ? versionOf(read.value) : undefined) === seen.version;
    const at = new Date(isSeen ? seen.at : clock.now()).toISOString();
    const before = ledger.source(name.kind, name.namespace, name.name);
    const next = this.#next(name, before, read, consumed, at);
    if (!next.ok) return next;
    return next.value === undefined || next.value === before ? ok(undefined) : ledger.write([next.value], signal);
  }

  #next(
    name: Name,
    before: SourceEntry | undefined,
    read: KubeResult<SourceObject>,
    consumed: ConsumedKeys,
    at: string,
  ): KubeResult<SourceEntry | undefined> {
    const { digestKey: key, rules, marks } = this.#options;
    const round: Round = { key, rules, at };
    const isAbsent = read.ok ? isLeftOut(read.value) : read.failure.kind === 'not-found';
    if (isAbsent) return ok(nextAbsent(before, name, marks.id, round));
    if (!read.ok) return read;
    const { metadata } = read.value;
    const digests = readSource(key, name.kind, read.value, consumed);
    return ok(nextPresent(before, name, { metadata, read: digests, marks: marks.of(metadata), readAs: marks.id }, round));
  }
}

function idOf({ kind, namespace, name }: Name): string {
  return `${kind}/${namespace}/${name}`;
}

function isSame(before: Interest['keys'] | undefined, now: Interest['keys']): boolean {
  return before === now || (before !== undefined && JSON.stringify(before) === JSON.stringify(now));
}
