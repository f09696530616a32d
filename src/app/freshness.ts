/** When AWS last confirmed what each ExternalSecret holds: for metrics, and exactly and by name on demand. Names and times, never a value. */
import { z } from 'zod';
import { findCondition } from '../api/conditions.ts';
import type { ExternalSecretObject } from '../api/external-secret.ts';
import { type Ms, ms } from '../base/clock.ts';
import { keyOf } from '../base/key.ts';
import { refreshPolicyOf } from '../reconcile/external-secret/refresh-policy.ts';
import type { SourceEngine } from '../source/engine-options.ts';
import type { Freshness } from '../source/freshness.ts';
import type { HttpAnswer } from '../telemetry/http-server.ts';
import type { ClusterView } from './cluster-view.ts';

/** Undefined while this process does not lead: AWS has told it nothing then. */
export type FreshnessEngine = () => Pick<SourceEngine, 'freshness' | 'startedAt'> | undefined;

export interface Confirmation {
  readonly namespace: string;
  readonly name: string;
  /** Of its Ready condition. */
  readonly reason: string;
  /**
   * confirmed: by AWS, to this process. failing: `at` is the last success. unconfirmed: it has had none yet, or this process has not heard of AWS
   * yet. unrefreshed: nobody asks AWS for it, as its specification says.
   */
  readonly state: 'confirmed' | 'failing' | 'unconfirmed' | 'unrefreshed';
  /** Milliseconds since the epoch. Absent: it never succeeded. */
  readonly at?: number;
  /** `status`: this process does not know better than what the status tells, and refreshes that find nothing changed do not move that. */
  readonly from?: 'AWS' | 'status';
}

/** None while this process does not lead. */
export function* confirmations(view: Pick<ClusterView, 'externalSecrets'>, engine: FreshnessEngine): Generator<Confirmation> {
  const current = engine();
  if (current === undefined) return;
  for (const resource of view.externalSecrets.list()) {
    const { namespace = '', name } = resource.metadata;
    const reason = findCondition(resource.status?.conditions, 'Ready')?.reason ?? 'Pending';
    yield { namespace, name, reason, ...standing(resource, current.freshness(keyOf(namespace, name)), current.startedAt) };
  }
}

/** Statuses tell whole seconds. */
const RESOLUTION_MS = 1_000;
/** Each resource has had a round by then. */
const FIRST_ROUNDS_MS = 5 * 60_000;

function standing(
  { spec, status }: ExternalSecretObject,
  known: Freshness | undefined,
  startedAt: Ms,
): Pick<Confirmation, 'state' | 'at' | 'from'> {
  const ready = findCondition(status?.conditions, 'Ready');
  const heard = typeof known === 'number' ? known : undefined;
  if (ready?.status === 'True' && heard !== undefined) return { state: 'confirmed', at: heard, from: 'AWS' };
  const told = status?.refreshTime === undefined ? {} : ({ at: Date.parse(status.refreshTime), from: 'status' } as const);
  const holds = ready?.status !== 'False';
  if (!isRefreshed(spec) || (holds && known === 'unrefreshed')) return { state: 'unrefreshed', ...told };
  if (holds || told.at === undefined) return { state: 'unconfirmed', ...told };
  const since = Date.parse(ready.lastTransitionTime);
  if (mayHaveBegunUnseen(since, known, startedAt)) return { state: 'failing', ...told };
  return { state: 'failing', ...lastWell(since, heard) };
}

/** Until it began to fail all was well; what AWS confirms of what can't be used since then is not what the Secret holds. */
function lastWell(since: number, heard: Ms | undefined): Pick<Confirmation, 'at' | 'from'> {
  return heard !== undefined && heard < since ? { at: heard, from: 'AWS' } : { at: since, from: 'status' };
}

/** Nobody may have looked for long before this process did, which never heard that all was well. */
function mayHaveBegunUnseen(since: number, known: Freshness | undefined, startedAt: Ms): boolean {
  if (typeof known === 'number' || since + RESOLUTION_MS < startedAt) return false;
  // What it has heard is forgotten with the subscription, which ends where the store fails.
  return known === 'unconfirmed' || since < startedAt + FIRST_ROUNDS_MS;
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

/** GET /debug/freshness?namespace=…&name=…: one JSON object a line, the stalest first. */
export function freshnessAnswer(view: ClusterView, engine: FreshnessEngine, query: URLSearchParams, now: number): HttpAnswer {
  if (engine() === undefined)
    return { status: 503, body: 'this replica does not lead, so AWS has told it nothing: ask the holder of the Lease\n' };
  const [namespace, name] = [query.get('namespace'), query.get('name')];
  const chosen = [...confirmations(view, engine)]
    .filter((one) => (namespace === null || one.namespace === namespace) && (name === null || one.name === name))
    .sort((left, right) => (left.at ?? 0) - (right.at ?? 0));
  const lines = chosen.map(({ at, ...one }) => {
    const known =
      at === undefined ? {} : { confirmedAt: new Date(at).toISOString(), ageSeconds: Math.max(Math.round((now - at) / 1_000), 0) };
    return `${JSON.stringify({ ...one, ...known })}\n`;
  });
  return { status: 200, contentType: 'application/x-ndjson; charset=utf-8', body: lines.join('') };
}
