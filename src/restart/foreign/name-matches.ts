/**
 * The names in a namespace that match the expressions of its workloads. Each expression is compared once with each name, in time slices, whoever and how many
 * have it. Answers are told when they change.
 */
import { builtin } from '../../api/object/builtin-types.ts';
import { FairShare } from '../../base/sharing/fair-share.ts';
import type { TimeSlices } from '../../base/time/time-slices.ts';
import type { FollowedVersions } from '../../watch/port.ts';
import type { SourceKind, SourceName } from '../source/content.ts';
import { CompiledPatterns } from './compiled-patterns.ts';
import { ScopeMatches } from './scope-matches.ts';

/** Different expressions in all namespaces together. One namespace gets four fifths, if the others have none. */
const MAX_PATTERNS = 100_000;
/** Invalid expressions of a workload that are named. */
const MAX_INVALID = 5;
/** Names that the expressions of one workload find; more are not followed. */
const MAX_MATCHES = 500;

const types = { Secret: builtin.secret, ConfigMap: builtin.configMap } as const;
const kinds = ['Secret', 'ConfigMap'] as const;

export interface NameMatchesOptions {
  readonly versions: Pick<FollowedVersions, 'followNames'>;
  readonly slices: TimeSlices;
  /** The matches of a consumer are known or have changed. It may only enqueue keys. */
  readonly onChange: (consumer: string) => void;
  readonly onDefect: (error: unknown) => void;
  readonly signal: AbortSignal;
  readonly maxPatterns?: number;
}

export interface Matches {
  readonly sources: readonly SourceName[];
  /** Whether all names were compared with all expressions. */
  readonly isComplete: boolean;
  /** There are more expressions, names or matches than are kept: TooManyReferences. */
  readonly hasMore: boolean;
  /** Expressions that are not valid and match nothing; at most five. */
  readonly invalid: readonly string[];
}

interface Declared {
  readonly namespace: string;
  readonly patterns: Readonly<Record<SourceKind, readonly string[]>>;
  hasMore: boolean;
}

export class NameMatches {
  readonly #options: NameMatchesOptions;
  readonly #declared = new Map<string, Declared>();
  readonly #scopes = new Map<string, ScopeMatches>();
  readonly #compiled = new CompiledPatterns();
  readonly #share = new FairShare();
  #patterns = 0;

  constructor(options: NameMatchesOptions) {
    this.#options = options;
  }

  /** Number of namespaces and kinds whose names are followed. */
  get scopes(): number {
    return this.#scopes.size;
  }

  /** Replaces the expressions of `consumer`. Without expressions it is removed. */
  declare(consumer: string, namespace: string, patterns: Readonly<Record<SourceKind, readonly string[]>>): void {
    const before = this.#declared.get(consumer);
    if (before !== undefined && JSON.stringify(before.patterns) === JSON.stringify(patterns)) return;
    const isEmpty = kinds.every((kind) => patterns[kind].length === 0);
    if (isEmpty && before === undefined) return;
    const declared: Declared = { namespace, patterns, hasMore: false };
    if (isEmpty) this.#declared.delete(consumer);
    else this.#declared.set(consumer, declared);
    for (const kind of kinds) this.#declareIn(consumer, kind, declared, before?.patterns[kind] ?? []);
  }

  of(consumer: string): Matches {
    const declared = this.#declared.get(consumer);
    if (declared === undefined) return { sources: [], isComplete: true, hasMore: false, invalid: [] };
    const sources = new Map<string, SourceName>();
    const invalid: string[] = [];
    let [isComplete, hasMore] = [true, declared.hasMore];
    for (const kind of kinds) {
      const scope = this.#scopes.get(`${kind}/${declared.namespace}`);
      if (scope === undefined || declared.patterns[kind].length === 0) continue;
      for (const name of scope.matching(declared.patterns[kind])) {
        if (sources.size === MAX_MATCHES && !sources.has(`${kind}/${name}`)) {
          hasMore = true;
          break;
        }
        sources.set(`${kind}/${name}`, { kind, name });
      }
      isComplete &&= scope.isComplete(declared.patterns[kind]);
      hasMore ||= scope.hasMore;
      invalid.push(...scope.invalid(declared.patterns[kind]));
    }
    return { sources: [...sources.values()], isComplete, hasMore, invalid: invalid.slice(0, MAX_INVALID) };
  }

  /** Whether nothing is pending in the namespace: a name that matches no expression now is named by none. */
  isSettled(kind: SourceKind, namespace: string): boolean {
    return this.#scopes.get(`${kind}/${namespace}`)?.isSettled ?? true;
  }

  #declareIn(consumer: string, kind: SourceKind, declared: Declared, before: readonly string[]): void {
    const { namespace, patterns } = declared;
    const id = `${kind}/${namespace}`;
    const scope = this.#scopes.get(id) ?? (patterns[kind].length > 0 ? this.#open(id, kind, namespace) : undefined);
    if (scope === undefined) return;
    const [size, wanted] = [scope.size, new Set(patterns[kind])];
    // What the consumer has no more is given back first.
    for (const pattern of before) if (!wanted.has(pattern)) scope.release(pattern, consumer);
    this.#count(namespace, scope.size - size);
    for (const pattern of wanted) declared.hasMore ||= !this.#add(scope, namespace, pattern, consumer);
    if (scope.size > 0) return;
    scope.end();
    this.#scopes.delete(id);
  }

  #add(scope: ScopeMatches, namespace: string, pattern: string, consumer: string): boolean {
    const { maxPatterns = MAX_PATTERNS } = this.#options;
    const isNew = !scope.has(pattern);
    if (isNew && !this.#share.mayTake(namespace, maxPatterns - this.#patterns)) return false;
    scope.add(pattern, consumer);
    if (isNew) this.#count(namespace, 1);
    return true;
  }

  #count(namespace: string, more: number): void {
    this.#share.take(namespace, more);
    this.#patterns += more;
  }

  #open(id: string, kind: SourceKind, namespace: string): ScopeMatches {
    const { versions, slices, onChange, onDefect, signal } = this.#options;
    const follow = (tell: Parameters<FollowedVersions['followNames']>[2]) => versions.followNames(types[kind], namespace, tell);
    const compile = (text: string) => this.#compiled.of(namespace, text);
    const scope = new ScopeMatches({ follow, compile, onChange, onDefect, work: (end) => slices.worker(namespace, end), signal });
    this.#scopes.set(id, scope);
    return scope;
  }
}
