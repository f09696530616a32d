/**
 * Which kinds have been listed in which namespaces. A kind that has not been listed is unknown, not absent: an object is reconciled only if all kinds that it
 * needs have been listed, so that a denied list affects one namespace and not the others. Kinds are named by their ids (`RunningReflector.id`).
 */
import type { FirstLists } from '../source/schedule/first-lists.ts';
import type { RunningReflector } from './reflectors.ts';

/** The kinds that a controller needs to have listed before it reconciles. */
export interface RequiredKinds {
  /** For each object: in its namespace, or in the cluster where a kind has no namespaces. */
  readonly always: readonly string[];
  /** For some objects in addition. */
  readonly sometimes: readonly string[];
}

/** A kind that has not been listed in a namespace. */
export interface UnlistedKind {
  readonly kind: string;
  /** Empty: in the whole cluster. */
  readonly namespace: string;
  /** Message of the API server. Absent while the first list is in progress. */
  readonly problem?: string;
}

type Watched = Pick<RunningReflector, 'id' | 'kind' | 'scopes' | 'isSynced'>;

export class ListedKinds implements FirstLists {
  readonly #reflectors: () => readonly Watched[];
  readonly #required: readonly RequiredKinds[];
  /** The kinds that some controller requires. */
  readonly #decisive: ReadonlySet<string>;
  /** When the latest required kind was first listed, by namespace (empty: the whole cluster). Monotonic. */
  readonly #listedAt = new Map<string, number>();

  /** `reflectors`: those of all watched kinds; they may be created later. `required`: of each controller that requires kinds. */
  constructor(reflectors: () => readonly Watched[], required: readonly RequiredKinds[]) {
    this.#reflectors = reflectors;
    this.#required = required;
    this.#decisive = new Set(required.flatMap(({ always, sometimes }) => [...always, ...sometimes]));
  }

  /** A kind was listed in a namespace (empty: in the whole cluster) for the first time, at this monotonic time. */
  listed(id: string, namespace: string, at: number): void {
    if (this.#decisive.has(id)) this.#listedAt.set(namespace, Math.max(at, this.#listedAt.get(namespace) ?? 0));
  }

  listedAt(namespace: string): number | undefined {
    const times = [namespace, ''].map((scope) => this.#listedAt.get(scope)).filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.max(...times);
  }

  get lastAt(): number | undefined {
    return this.#listedAt.size === 0 ? undefined : Math.max(...this.#listedAt.values());
  }

  get isComplete(): boolean {
    const decisive = this.#reflectors().filter(({ id }) => this.#decisive.has(id));
    return decisive.every(({ scopes }) => scopes.every(({ synced }) => synced));
  }

  /** Whether this kind has been listed in this namespace. False for a kind that is not watched. */
  isListed(id: string, namespace: string): boolean {
    return this.#of(id)?.isSynced(namespace) === true;
  }

  /** Those of these kinds that have not been listed in this namespace. A kind that is not watched is not among them: the installation does not need it. */
  missing(ids: readonly string[], namespace: string): readonly UnlistedKind[] {
    return ids.map((id) => this.#unlistedIn(id, namespace)).filter((unlisted) => unlisted !== undefined);
  }

  /** All kinds and namespaces that have not been listed. */
  unlisted(): readonly UnlistedKind[] {
    return this.#reflectors().flatMap(({ kind, scopes }) =>
      scopes.filter(({ synced }) => !synced).map(({ namespace, problem }) => unlistedKind(kind, namespace, problem?.message)),
    );
  }

  /** Whether at least one controller that requires kinds can work in at least one namespace. */
  get servesSomething(): boolean {
    return this.#required.some(({ always }) => {
      const namespaces = new Set(always.flatMap((id) => this.#of(id)?.scopes ?? []).map(({ namespace }) => namespace));
      return [...namespaces].some((namespace) => always.every((id) => this.isListed(id, namespace)));
    });
  }

  #unlistedIn(id: string, namespace: string): UnlistedKind | undefined {
    const reflector = this.#of(id);
    if (reflector === undefined || reflector.isSynced(namespace)) return undefined;
    const { kind, scopes } = reflector;
    const scope = scopes.find((one) => one.namespace === namespace) ?? scopes[0];
    return unlistedKind(kind, scope?.namespace ?? namespace, scope?.problem?.message);
  }

  #of(id: string): Watched | undefined {
    return this.#reflectors().find((reflector) => reflector.id === id);
  }
}

function unlistedKind(kind: string, namespace: string, problem: string | undefined): UnlistedKind {
  return { kind, namespace, ...(problem !== undefined && { problem }) };
}

/** Text for people, by namespace. It stays the same while the same kinds are missing. */
export function missingKinds(unlisted: readonly UnlistedKind[]): string {
  const namespaces = Map.groupBy(unlisted, ({ namespace }) => namespace);
  const parts = [...namespaces].map(([namespace, missing]) => {
    const kinds = missing.map(({ kind }) => kind).join(', ');
    return `${kinds} in ${scopeName(namespace)}`;
  });
  return parts.join('; ');
}

function scopeName(namespace: string): string {
  return namespace === '' ? 'the cluster' : `namespace ${namespace}`;
}

const MAX_NAMED = 10;
const MAX_PROBLEM_LENGTH = 200;

/** Text for people, with at most ten parts. Undefined: all kinds have been listed. */
export function describeUnlisted(unlisted: readonly UnlistedKind[]): string | undefined {
  if (unlisted.length === 0) return undefined;
  const parts = unlisted.slice(0, MAX_NAMED).map(({ kind, namespace, problem }) => {
    return `${kind} in ${scopeName(namespace)}${problem === undefined ? '' : ` (${problem.slice(0, MAX_PROBLEM_LENGTH)})`}`;
  });
  const more = unlisted.length > MAX_NAMED ? [`${unlisted.length - MAX_NAMED} more`] : [];
  return [...parts, ...more].join('; ');
}
