/**
 * What metrics and /debug/freshness say about each object, kept as the objects change, so that a scrape parses nothing and walks over no conditions.
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

/** What is said of one ExternalSecret without asking the engine. */
export interface SyncRow {
  /** As the source engine knows it. */
  readonly dependant: DependantKey;
  readonly namespace: string;
  readonly name: string;
  /** Of its Ready condition; 'Pending' for one that has none yet. */
  readonly reason: string;
  readonly ready: 'True' | 'False' | undefined;
  /** When Ready became what it is; milliseconds since the epoch. */
  readonly since: number;
  /** Of the last success, as the status tells; milliseconds since the epoch. */
  readonly refreshedAt: number | undefined;
  /** Whether the specification wants AWS to be asked again and again. */
  readonly isRefreshed: boolean;
}

const PENDING = 'Pending';
/** A tenant may write any reason and any type of condition into a status: all that the operator does not write are counted as one. */
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

  /** `controller`: of the ExternalSecrets, as the source engine knows them. `words`: of their dialect. */
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

  /** What is taken note of when an object of this kind changes; undefined: nothing is. */
  handlerOf(kind: string): EventHandler<KubeObject> | undefined {
    return this.#handlers.get(kind);
  }

  rows(): Iterable<SyncRow> {
    return this.#rows.values();
  }

  /** ExternalSecrets by reason. */
  reasons(): Iterable<readonly [reason: string, count: number]> {
    return this.#reasons;
  }

  /** Conditions of stores that are False. */
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

/** Undefined for what is no time. */
function timeOf(text: string | undefined): number | undefined {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? undefined : at;
}

const policyShape = z.object({
  suspend: z.boolean().optional(),
  refreshPolicy: z.enum(['Periodic', 'CreatedOnce', 'OnChange']).optional(),
  refreshInterval: z.string().optional(),
});
/** Whatever it is: no default means "never". */
const ANY_INTERVAL = ms(1);

/** Whether the specification, which may be of another schema, wants AWS to be asked again and again. */
function isRefreshed(spec: unknown): boolean {
  const parsed = policyShape.safeParse(spec);
  return !parsed.success || (parsed.data.suspend !== true && refreshPolicyOf(parsed.data, ANY_INTERVAL).interval !== undefined);
}
