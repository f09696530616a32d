/**
 * Which kinds have been read in which namespaces. What has not been read is unknown, not absent: an ExternalSecret is worked on only where all kinds are
 * known that decide about it, so that a refused list withholds one namespace and not the others.
 */
import type { ExternalSecretObject } from '../api/external-secret.ts';
import { builtin } from '../api/builtin-types.ts';
import type { DialectKinds } from '../api/dialect.ts';
import type { FirstLists } from '../source/schedule/first-lists.ts';
import type { RunningReflector } from './reflectors.ts';

/** A kind of which nothing is known in a namespace. */
export interface Unread {
  readonly kind: string;
  /** Empty: in the whole cluster. */
  readonly namespace: string;
  /** In the words of the API server; absent while the first list is under way. */
  readonly problem?: string;
}

/** As every dialect names it. */
const CLUSTER_STORE: DialectKinds['clusterSecretStore']['kind'] = 'ClusterSecretStore';

type Watched = Pick<RunningReflector, 'kind' | 'scopes' | 'isSynced'>;

const REQUIRED = ['ExternalSecret', 'SecretStore', builtin.secret.kind];
const REQUIRED_OF_CLUSTER = [CLUSTER_STORE, builtin.namespace.kind];
const DECISIVE: ReadonlySet<string> = new Set([...REQUIRED, ...REQUIRED_OF_CLUSTER]);

export class Coverage implements FirstLists {
  readonly #reflectors: () => readonly Watched[];
  /** Monotonic times of the last first list of a required kind, by namespace (empty: of the cluster). */
  readonly #listedAt = new Map<string, number>();

  /** `reflectors`: of all watched kinds; they may come later. */
  constructor(reflectors: () => readonly Watched[]) {
    this.#reflectors = reflectors;
  }

  /** A kind was listed in a namespace (empty: in the whole cluster) for the first time, at this monotonic time. */
  listed(kind: string, namespace: string, at: number): void {
    if (DECISIVE.has(kind)) this.#listedAt.set(namespace, Math.max(at, this.#listedAt.get(namespace) ?? 0));
  }

  listedAt(namespace: string): number | undefined {
    const times = [namespace, ''].map((scope) => this.#listedAt.get(scope)).filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.max(...times);
  }

  get lastAt(): number | undefined {
    return this.#listedAt.size === 0 ? undefined : Math.max(...this.#listedAt.values());
  }

  get isComplete(): boolean {
    return this.unread().every(({ kind }) => !DECISIVE.has(kind));
  }

  /** Whether the objects of this kind are known in this namespace; false for a kind that is not watched. */
  isRead(kind: string, namespace: string): boolean {
    return this.#of(kind)?.isSynced(namespace) === true;
  }

  /** Kinds without which nothing can be decided about this ExternalSecret. */
  missingFor({ metadata: { namespace = '' }, spec }: ExternalSecretObject): readonly Unread[] {
    const local = REQUIRED.map((kind) => this.#unreadIn(kind, namespace));
    const cluster = usesClusterStore(spec) ? REQUIRED_OF_CLUSTER.map((kind) => this.#unreadIn(kind, '')) : [];
    return [...local, ...cluster].filter((unread) => unread !== undefined);
  }

  /** Everything that has not been read. */
  unread(): readonly Unread[] {
    return this.#reflectors().flatMap(({ kind, scopes }) =>
      scopes.filter(({ synced }) => !synced).map(({ namespace, problem }) => unreadOf(kind, namespace, problem?.message)),
    );
  }

  /** Whether the ExternalSecrets of some namespace can be worked on. */
  get servesSomething(): boolean {
    const namespaces = this.#of('ExternalSecret')?.scopes ?? [];
    return namespaces.some(({ namespace }) => REQUIRED.every((kind) => this.isRead(kind, namespace)));
  }

  /** Undefined for what is not watched at all, because nothing of it is needed then. */
  #unreadIn(kind: string, namespace: string): Unread | undefined {
    const reflector = this.#of(kind);
    if (reflector === undefined || reflector.isSynced(namespace)) return undefined;
    const scopes = reflector.scopes;
    const scope = scopes.find((one) => one.namespace === namespace) ?? scopes[0];
    return unreadOf(kind, scope?.namespace ?? namespace, scope?.problem?.message);
  }

  #of(kind: string): Watched | undefined {
    return this.#reflectors().find((reflector) => reflector.kind === kind);
  }
}

function unreadOf(kind: string, namespace: string, problem: string | undefined): Unread {
  return { kind, namespace, ...(problem !== undefined && { problem }) };
}

function usesClusterStore(spec: ExternalSecretObject['spec']): boolean {
  const { secretStoreRef } = (spec ?? {}) as { readonly secretStoreRef?: { readonly kind?: unknown } };
  return secretStoreRef?.kind === CLUSTER_STORE;
}

/** For people, by place: the same words for as long as the same is missing. */
export function missingKinds(unread: readonly Unread[]): string {
  const places = Map.groupBy(unread, ({ namespace }) => namespace);
  const parts = [...places].map(([namespace, missing]) => {
    const kinds = missing.map(({ kind }) => kind).join(', ');
    return `${kinds} in ${placeOf(namespace)}`;
  });
  return parts.join('; ');
}

function placeOf(namespace: string): string {
  return namespace === '' ? 'the cluster' : `namespace ${namespace}`;
}

const MOST_NAMED = 10;
const LONGEST_PROBLEM = 200;

/** For people: one part for each, ten at most. Undefined when everything was read. */
export function describeUnread(unread: readonly Unread[]): string | undefined {
  if (unread.length === 0) return undefined;
  const parts = unread.slice(0, MOST_NAMED).map(({ kind, namespace, problem }) => {
    return `${kind} in ${placeOf(namespace)}${problem === undefined ? '' : ` (${problem.slice(0, LONGEST_PROBLEM)})`}`;
  });
  const more = unread.length > MOST_NAMED ? [`${unread.length - MOST_NAMED} more`] : [];
  return [...parts, ...more].join('; ');
}
