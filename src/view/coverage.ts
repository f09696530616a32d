/**
 * The kinds that have been listed in each namespace. A kind that has not been listed is unknown, not missing: an ExternalSecret is
 * reconciled only if all kinds that it needs have been listed, so a denied list affects only its namespace.
 */
import type { ExternalSecretObject } from '../api/external-secret.ts';
import { builtin } from '../api/builtin-types.ts';
import type { DialectKinds } from '../api/dialect.ts';
import { storeRefsIn } from '../api/store-refs.ts';
import type { FirstLists } from '../source/schedule/first-lists.ts';
import type { RunningReflector } from './reflectors.ts';

/** A kind that has not been listed in a namespace. */
export interface Unread {
  readonly kind: string;
  /** Empty: in the whole cluster. */
  readonly namespace: string;
  /** Message of the API server. Absent while the first list is in progress. */
  readonly problem?: string;
}

/** All dialects have this name. */
const CLUSTER_STORE: DialectKinds['clusterSecretStore']['kind'] = 'ClusterSecretStore';

type Watched = Pick<RunningReflector, 'kind' | 'scopes' | 'isSynced'>;

const REQUIRED = ['ExternalSecret', 'SecretStore', builtin.secret.kind];
const REQUIRED_OF_CLUSTER = [CLUSTER_STORE, builtin.namespace.kind];
const DECISIVE: ReadonlySet<string> = new Set([...REQUIRED, ...REQUIRED_OF_CLUSTER]);

export class Coverage implements FirstLists {
  readonly #reflectors: () => readonly Watched[];
  /** Monotonic time of the first list of the latest required kind, by namespace ('': the whole cluster). */
  readonly #listedAt = new Map<string, number>();

  /** `reflectors`: reflectors of all watched kinds. They may be created later. */
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

  /** Whether this kind has been listed in this namespace. False for a kind that is not watched. */
  isRead(kind: string, namespace: string): boolean {
    return this.#of(kind)?.isSynced(namespace) === true;
  }

  /** The kinds that this ExternalSecret needs and that have not been listed. */
  missingFor({ metadata: { namespace = '' }, spec }: ExternalSecretObject): readonly Unread[] {
    const local = REQUIRED.map((kind) => this.#unreadIn(kind, namespace));
    const cluster = usesClusterStore(spec) ? REQUIRED_OF_CLUSTER.map((kind) => this.#unreadIn(kind, '')) : [];
    return [...local, ...cluster].filter((unread) => unread !== undefined);
  }

  /** All kinds and namespaces that have not been listed. */
  unread(): readonly Unread[] {
    return this.#reflectors().flatMap(({ kind, scopes }) =>
      scopes.filter(({ synced }) => !synced).map(({ namespace, problem }) => unreadOf(kind, namespace, problem?.message)),
    );
  }

  /** Whether the ExternalSecrets of at least one namespace can be reconciled. */
  get servesSomething(): boolean {
    const namespaces = this.#of('ExternalSecret')?.scopes ?? [];
    return namespaces.some(({ namespace }) => this.serves(namespace));
  }

  /** Whether all kinds that each ExternalSecret of the namespace needs have been listed. One that uses a ClusterSecretStore needs more. */
  serves(namespace: string): boolean {
    return REQUIRED.every((kind) => this.isRead(kind, namespace));
  }

  /** Undefined for a kind that is not watched: the installation does not need it. */
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
  return storeRefsIn(spec).some(({ kind }) => kind === CLUSTER_STORE);
}

/** Text for people, by namespace. It stays the same while the same kinds are missing. */
export function missingKinds(unread: readonly Unread[]): string {
  const namespaces = Map.groupBy(unread, ({ namespace }) => namespace);
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
export function describeUnread(unread: readonly Unread[]): string | undefined {
  if (unread.length === 0) return undefined;
  const parts = unread.slice(0, MAX_NAMED).map(({ kind, namespace, problem }) => {
    return `${kind} in ${scopeName(namespace)}${problem === undefined ? '' : ` (${problem.slice(0, MAX_PROBLEM_LENGTH)})`}`;
  });
  const more = unread.length > MAX_NAMED ? [`${unread.length - MAX_NAMED} more`] : [];
  return [...parts, ...more].join('; ');
}
