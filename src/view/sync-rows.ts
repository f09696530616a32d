/**
 * One row for each object, for metrics and /debug/freshness. Rows are updated when objects change, so a scrape neither parses
 * specifications nor searches conditions.
 */
import { z } from 'zod';
import type { ConditionWords } from '../api/condition-words.ts';
import { type Condition, findCondition } from '../api/conditions.ts';
import type { ExternalSecretObject } from '../api/external-secret.ts';
import type { KubeObject } from '../api/object.ts';
import type { StoreObject } from '../api/secret-store.ts';
import { ms } from '../base/clock.ts';
import { keyOf } from '../base/key.ts';
import { refreshPolicyOf } from '../api/refresh-policy.ts';
import type { DependantKey } from '../source/port.ts';
import { dependantKey } from '../source/references/dependant.ts';
import type { EventHandler } from '../watch/port.ts';
import { wakeRule } from './wake-rule.ts';
import type { FailingCondition } from '../telemetry/sync-metrics.ts';
import { Counts } from './counts.ts';

/** The facts about one ExternalSecret that do not need the engine. */
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

const PENDING = 'Pending';
/** A tenant can write any reason and any condition type into a status. All values that the operator does not write count as this one. */
const OTHER = 'other';
const STORE_CONDITIONS: ReadonlySet<string> = new Set(['Ready', 'Events', 'Available', 'BatchReads', 'Lists']);

export class SyncRows {
  readonly #controller: string;
  readonly #words: Pick<ConditionWords, 'isReason'>;
  readonly #rows = new Map<DependantKey, SyncRow>();
  readonly #reasons = new Counts<string>();
  readonly #failing = new Counts<string>();
  readonly #failingOf = new Map<string, readonly string[]>();

  readonly #handlers: ReadonlyMap<string, EventHandler<KubeObject>>;

  /** `controller`: the controller part of the keys in the source engine. `words`: the condition words of the dialect. */
  constructor(controller: string, words: Pick<ConditionWords, 'isReason'>) {
    this.#words = words;
    this.#controller = controller;
    const rules = [
      wakeRule('ExternalSecret', this.externalSecret),
      wakeRule('SecretStore', this.secretStore),
      wakeRule('ClusterSecretStore', this.clusterSecretStore),
    ];
    this.#handlers = new Map(rules.map(({ kind, handle }) => [kind, handle]));
  }

  readonly externalSecret: EventHandler<ExternalSecretObject> = ({ type, object }) => {
    const row = rowOf(this.#controller, object);
    const before = this.#rows.get(row.dependant);
    if (before !== undefined) this.#reasons.remove(this.#reasonLabel(before.reason));
    if (type === 'deleted') {
      this.#rows.delete(row.dependant);
      return;
    }
    this.#rows.set(row.dependant, row);
    this.#reasons.add(this.#reasonLabel(row.reason));
  };

  readonly secretStore: EventHandler<StoreObject> = ({ type, object }) => this.#store('SecretStore', type, object);

  readonly clusterSecretStore: EventHandler<StoreObject> = ({ type, object }) => this.#store('ClusterSecretStore', type, object);

  /** The handler that updates the rows of a kind. Undefined: the kind has no rows. */
  handlerOf(kind: string): EventHandler<KubeObject> | undefined {
    return this.#handlers.get(kind);
  }

  rows(): Iterable<SyncRow> {
    return this.#rows.values();
  }

  /** The number of ExternalSecrets by reason. */
  reasons(): Iterable<readonly [reason: string, count: number]> {
    return this.#reasons;
  }

  /** The number of store conditions that are False. */
  *failingStores(): Generator<readonly [FailingCondition, count: number]> {
    for (const [id, count] of this.#failing) yield [JSON.parse(id) as FailingCondition, count];
  }

  #reasonLabel(reason: string): string {
    return reason === PENDING || this.#words.isReason(reason) ? reason : OTHER;
  }

  #store(kind: string, type: 'added' | 'modified' | 'deleted', { metadata, status }: StoreObject): void {
    const id = `${kind}/${keyOf(metadata.namespace ?? '', metadata.name)}`;
    for (const failing of this.#failingOf.get(id) ?? []) this.#failing.remove(failing);
    this.#failingOf.delete(id);
    if (type === 'deleted') return;
    const conditions = status?.conditions?.filter((condition) => condition.status === 'False') ?? [];
    if (conditions.length === 0) return;
    const failing = conditions.map(({ type: condition, reason }) => {
      const label = STORE_CONDITIONS.has(condition) ? condition : OTHER;
      return JSON.stringify({ kind, condition: label, reason: this.#reasonLabel(reason) } satisfies FailingCondition);
    });
    this.#failingOf.set(id, failing);
    for (const one of failing) this.#failing.add(one);
  }
}

export function rowOf(controller: string, { metadata: { namespace = '', name }, spec, status }: ExternalSecretObject): SyncRow {
  const ready = findCondition(status?.conditions, 'Ready');
  return {
    dependant: dependantKey(controller, keyOf(namespace, name)),
    namespace,
    name,
    reason: ready?.reason ?? PENDING,
    ready: readyStatus(ready),
    since: timeOf(ready?.lastTransitionTime) ?? 0,
    refreshedAt: timeOf(status?.refreshTime),
    isRefreshed: isRefreshed(spec),
  };
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
