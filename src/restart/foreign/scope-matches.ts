/** The names of one kind in one namespace, and which expressions match them. */
import type { SlicedWork } from '../../base/time/time-slices.ts';
import type { FollowedVersions, NamesChange, NamesListener, NamesView } from '../../watch/port.ts';
import { literalPrefix, type NamePattern } from '../reloader/name-pattern.ts';

export interface ScopeMatchesOptions {
  readonly follow: (tell: NamesListener) => ReturnType<FollowedVersions['followNames']>;
  readonly compile: (text: string) => NamePattern | undefined;
  readonly work: (signal: AbortSignal) => SlicedWork;
  /** The matches of the consumer are known or have changed. */
  readonly onChange: (consumer: string) => void;
  readonly onDefect: (error: unknown) => void;
  readonly signal: AbortSignal;
}

interface Expression {
  readonly consumers: Set<string>;
  names: Set<string>;
  readonly prefix: string;
  /** invalid: it was compared, and matches nothing. */
  state: 'pending' | 'comparing' | 'done' | 'invalid';
}

export class ScopeMatches {
  readonly #options: ScopeMatchesOptions;
  readonly #expressions = new Map<string, Expression>();
  readonly #names: NamesView;
  readonly #unfollow: () => void;
  readonly #stop = new AbortController();
  /** Names that are to be compared with all expressions. */
  readonly #added = new Set<string>();
  /** What is compared now. A name that goes meanwhile is taken out. */
  #found = new Set<string>();
  #comparing: string | undefined;
  #isBusy = false;
  /** There is more to do since the last round began. */
  #again = false;

  constructor(options: ScopeMatchesOptions) {
    this.#options = options;
    const { names, end } = options.follow((change) => this.#take(change));
    this.#names = names;
    this.#unfollow = end;
  }

  /** Number of different expressions. */
  get size(): number {
    return this.#expressions.size;
  }

  /** Whether all names were compared with these expressions. */
  isComplete(patterns: readonly string[]): boolean {
    return this.#names.isKnown && patterns.every((pattern) => isCompared(this.#expressions.get(pattern)));
  }

  /** Whether all names were compared with all expressions. */
  get isSettled(): boolean {
    return this.#names.isKnown && [...this.#expressions.values()].every(isCompared);
  }

  invalid(patterns: readonly string[]): readonly string[] {
    return patterns.filter((pattern) => this.#expressions.get(pattern)?.state === 'invalid');
  }

  get hasMore(): boolean {
    return this.#names.hasMore;
  }

  has(pattern: string): boolean {
    return this.#expressions.has(pattern);
  }

  add(pattern: string, consumer: string): void {
    const existing = this.#expressions.get(pattern);
    if (existing !== undefined) {
      existing.consumers.add(consumer);
      return;
    }
    this.#expressions.set(pattern, {
      consumers: new Set([consumer]),
      names: new Set(),
      prefix: literalPrefix(pattern),
      state: 'pending',
    });
    this.#start();
  }

  release(pattern: string, consumer: string): void {
    const expression = this.#expressions.get(pattern);
    expression?.consumers.delete(consumer);
    if (expression?.consumers.size === 0) this.#expressions.delete(pattern);
  }

  *matching(patterns: readonly string[]): Generator<string> {
    for (const pattern of patterns) yield* this.#expressions.get(pattern)?.names ?? [];
  }

  end(): void {
    this.#unfollow();
    this.#stop.abort();
  }

  #take(change: NamesChange): void {
    switch (change.kind) {
      case 'listed':
        for (const expression of this.#expressions.values()) expression.state = 'pending';
        break;
      case 'added':
        this.#added.add(change.name);
        break;
      case 'deleted':
        this.#added.delete(change.name);
        this.#found.delete(change.name);
        if (this.#comparing === change.name) this.#comparing = undefined;
        for (const expression of this.#expressions.values()) if (expression.names.delete(change.name)) this.#tell(expression);
        return;
      default:
        change satisfies never;
    }
    this.#start();
  }

  #start(): void {
    this.#again = true;
    if (this.#isBusy || !this.#names.isKnown) return;
    this.#isBusy = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    const { work, signal, onDefect } = this.#options;
    const ended = AbortSignal.any([signal, this.#stop.signal]);
    const sliced = work(ended);
    try {
      await sliced.checkpoint();
      while (this.#again) {
        this.#again = false;
        await this.#round(sliced);
      }
    } catch (error) {
      if (!ended.aborted) onDefect(error);
    } finally {
      this.#isBusy = false;
    }
  }

  async #round(sliced: SlicedWork): Promise<void> {
    for (const [pattern, expression] of this.#expressions) {
      if (expression.state !== 'pending') continue;
      expression.state = 'comparing';
      await this.#compareAll(pattern, expression, sliced);
    }
    for (const name of this.#added) {
      this.#added.delete(name);
      await this.#compareName(name, sliced);
    }
  }

  async #compareAll(pattern: string, expression: Expression, sliced: SlicedWork): Promise<void> {
    if (sliced.isUsedUp) await sliced.checkpoint();
    const compiled = this.#options.compile(pattern);
    this.#found = new Set();
    if (compiled !== undefined) await this.#findAll(compiled, sliced);
    expression.names = this.#found;
    this.#found = new Set();
    // Otherwise a list has come meanwhile, and it is compared again.
    if (expression.state === 'comparing') expression.state = compiled === undefined ? 'invalid' : 'done';
    // Also if nothing matches, because that is the answer.
    this.#tell(expression);
  }

  async #findAll(compiled: NamePattern, sliced: SlicedWork): Promise<void> {
    for (const name of this.#names) {
      if (sliced.isUsedUp) await sliced.checkpoint();
      if (compiled.matches(name)) this.#found.add(name);
    }
  }

  async #compareName(name: string, sliced: SlicedWork): Promise<void> {
    this.#comparing = name;
    for (const [pattern, expression] of this.#expressions) {
      if (sliced.isUsedUp) await sliced.checkpoint();
      if (this.#comparing !== name) return;
      if (expression.names.has(name) || !name.startsWith(expression.prefix)) continue;
      if (this.#options.compile(pattern)?.matches(name) !== true) continue;
      expression.names.add(name);
      this.#tell(expression);
    }
    this.#comparing = undefined;
  }

  #tell({ consumers }: Expression): void {
    for (const consumer of consumers) this.#options.onChange(consumer);
  }
}

/** An expression that is not kept is compared with nothing; that it is missing is said elsewhere. */
function isCompared(expression: Expression | undefined): boolean {
  return expression === undefined || expression.state === 'done' || expression.state === 'invalid';
}
