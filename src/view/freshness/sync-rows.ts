/**
 * One row for each object, for metrics and /debug/freshness. Rows are updated when objects change, so a scrape neither parses
 * specifications nor searches conditions.
 */
import { z } from 'zod';
import type { ConditionWords } from '../../api/condition-words.ts';
import { type Condition, findCondition } from '../../api/schema/conditions.ts';
import type { ExternalSecretObject } from '../../api/schema/external-secret.ts';
import type { Dialect } from '../../api/dialect.ts';
import type { KubeObject, OwnObject } from '../../api/object/object.ts';
import { groupResource, type ResourceType } from '../../api/object/resource-type.ts';
import { ms } from '../../base/time/clock.ts';
import { type Key, keyOf } from '../../base/key.ts';
import { refreshPolicyOf } from '../../api/refresh-policy.ts';
import type { DependantKey } from '../../source/port.ts';
import { dependantKey } from '../../source/references/dependant.ts';
import type { EventHandler } from '../../watch/port.ts';
import type { FailingCondition } from '../../telemetry/metrics/sync-metrics.ts';
import { Counts } from './counts.ts';

/** The facts about one object that do not need the engine. */
export interface SyncRow {
  /** Its key in the source engine. */
  readonly dependant: DependantKey;
  readonly namespace: string;
  readonly name: string;
  /** Reason of its Ready condition; 'Pending' without that condition. */
  readonly reason: string;
  readonly ready: 'True' | 'False' | undefined;
  /** Last transition of its Ready condition, in milliseconds since the epoch. */
  readonly since: number;
  /** Time of the last success according to the status, in milliseconds since the epoch. */
  readonly refreshedAt: number | undefined;
  /** Whether the specification asks for periodic refreshes. */
  readonly isRefreshed: boolean;
}

/** What metrics and /debug/freshness show of the objects of one kind. */
export interface ObjectFigures<T extends OwnObject> {
  /** About the age of the content that an object holds. Absent: objects of the kind hold no content of AWS and have no rows. */
  readonly ageOf?: (object: T) => Pick<SyncRow, 'refreshedAt' | 'isRefreshed'>;
  /** Types of conditions of stores: the metric `keytender_stores_failing` counts those that are False. */
  readonly storeConditions?: readonly string[];
}

/** A kind with figures. */
export interface RowKind {
  readonly type: ResourceType;
  readonly dialect: Pick<Dialect, 'metricSuffix'> & { readonly words: Pick<ConditionWords, 'isReason'> };
  readonly figures: ObjectFigures<OwnObject>;
}

/** Other clients write statuses, too: any part may be missing. */
interface Reported extends OwnObject {
  readonly status?: { readonly conditions?: readonly Condition[] | undefined } | undefined;
}

const PENDING = 'Pending';
/** A tenant can write any reason and any condition type into a status. All values that the operator does not write count as this one. */
const OTHER = 'other';

export class SyncRows {
  readonly #rows = new Map<DependantKey, SyncRow>();
  readonly #reasons = new Counts<string>();
  readonly #failing = new Counts<string>();
  readonly #failingOf = new Map<DependantKey, readonly string[]>();
  readonly #handlers: ReadonlyMap<string, EventHandler<KubeObject>>;

  /** `owns`: whether this process reports the object with the key. Objects of other shards have no row. */
  constructor(kinds: readonly RowKind[], owns: (key: Key) => boolean = () => true) {
    this.#handlers = new Map(kinds.map((kind) => [groupResource(kind.type), this.#handlerFor(kind, owns)]));
  }

  /** The handler that updates the rows of the kind with this id. Undefined: the kind has no figures. */
  handlerOf(id: string): EventHandler<KubeObject> | undefined {
    return this.#handlers.get(id);
  }

  get size(): number {
    return this.#rows.size;
  }

  rows(): Iterable<SyncRow> {
    return this.#rows.values();
  }

  /** The number of rows by reason. */
  reasons(): Iterable<readonly [reason: string, count: number]> {
    return this.#reasons;
  }

  /** The number of store conditions that are False. */
  *failingStores(): Generator<readonly [FailingCondition, count: number]> {
    for (const [id, count] of this.#failing) yield [JSON.parse(id) as FailingCondition, count];
  }

  #handlerFor(kind: RowKind, owns: (key: Key) => boolean): EventHandler<KubeObject> {
    const { ageOf, storeConditions } = kind.figures;
    return ({ type, object }) => {
      if (!owns(keyOf(object.metadata.namespace ?? '', object.metadata.name))) return;
      if (ageOf !== undefined) this.#row(rowOf(groupResource(kind.type), object, ageOf), type === 'deleted', kind);
      if (storeConditions !== undefined) this.#store(kind, storeConditions, type === 'deleted', object);
    };
  }

  #row(row: SyncRow, isDeleted: boolean, kind: RowKind): void {
    const before = this.#rows.get(row.dependant);
    if (before !== undefined) this.#reasons.remove(reasonLabel(before.reason, kind));
    if (isDeleted) {
      this.#rows.delete(row.dependant);
      return;
    }
    this.#rows.set(row.dependant, row);
    this.#reasons.add(reasonLabel(row.reason, kind));
  }

  #store(kind: RowKind, types: readonly string[], isDeleted: boolean, { metadata, status }: Reported): void {
    const id = dependantKey(groupResource(kind.type), keyOf(metadata.namespace ?? '', metadata.name));
    for (const failing of this.#failingOf.get(id) ?? []) this.#failing.remove(failing);
    this.#failingOf.delete(id);
    const conditions = isDeleted ? [] : (status?.conditions ?? []).filter((condition) => condition.status === 'False');
    if (conditions.length === 0) return;
    const failing = conditions.map(({ type, reason }) => failingId(kind, types.includes(type) ? type : OTHER, reason));
    this.#failingOf.set(id, failing);
    for (const one of failing) this.#failing.add(one);
  }
}

function failingId(kind: RowKind, condition: string, reason: string): string {
  const label = `${kind.type.kind}${kind.dialect.metricSuffix}`;
  return JSON.stringify({ kind: label, condition, reason: reasonLabel(reason, kind) } satisfies FailingCondition);
}

function reasonLabel(reason: string, { dialect }: RowKind): string {
  return reason === PENDING || dialect.words.isReason(reason) ? reason : OTHER;
}

/** `controller`: the controller part of its key in the source engine. */
export function rowOf<T extends Reported>(
  controller: string,
  object: T,
  ageOf: (object: T) => Pick<SyncRow, 'refreshedAt' | 'isRefreshed'>,
): SyncRow {
  const { namespace = '', name } = object.metadata;
  const ready = findCondition(object.status?.conditions, 'Ready');
  const { refreshedAt, isRefreshed } = ageOf(object);
  return {
    dependant: dependantKey(controller, keyOf(namespace, name)),
    namespace,
    name,
    reason: ready?.reason ?? PENDING,
    ready: readyStatus(ready),
    since: timeOf(ready?.lastTransitionTime) ?? 0,
    refreshedAt,
    isRefreshed,
  };
}

/** `ageOf` of ExternalSecrets. */
export function ageOfExternalSecret({ spec, status }: ExternalSecretObject): Pick<SyncRow, 'refreshedAt' | 'isRefreshed'> {
  return { refreshedAt: timeOf(status?.refreshTime), isRefreshed: isRefreshed(spec) };
}

/** Figures with any type of objects. They get only objects of their kind. */
export function anyFigures<T extends OwnObject>(figures: ObjectFigures<T>): ObjectFigures<OwnObject> {
  return figures as unknown as ObjectFigures<OwnObject>;
}

function readyStatus(ready: Condition | undefined): SyncRow['ready'] {
  return ready?.status === 'True' || ready?.status === 'False' ? ready.status : undefined;
}

/** Undefined if `text` is not a time. */
function timeOf(text: string | undefined): number | undefined {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? undefined : at;
}

const policyShape = z.object({
  suspend: z.boolean().optional(),
  refreshPolicy: z.enum(['Periodic', 'CreatedOnce', 'OnChange']).optional(),
  refreshInterval: z.string().optional(),
});
/** The length has no effect: every default interval means periodic refreshes. */
const ANY_INTERVAL = ms(1);

/** Whether a specification, which may have another schema, asks for periodic refreshes. */
function isRefreshed(spec: unknown): boolean {
  const parsed = policyShape.safeParse(spec);
  return !parsed.success || (parsed.data.suspend !== true && refreshPolicyOf(parsed.data, ANY_INTERVAL).interval !== undefined);
}
