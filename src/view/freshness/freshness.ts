/**
 * The time of AWS's last confirmation of the content of each ExternalSecret, for metrics and for /debug/freshness. Contains names and
 * times, no values.
 */
import type { Ms } from '../../base/time/clock.ts';
import { Lowest } from '../../base/lowest.ts';
import { inSlices } from '../../base/time/slices.ts';
import type { SlicedWork } from '../../base/time/time-slices.ts';
import type { SourceEngine } from '../../source/engine-options.ts';
import { dependantOf } from '../../source/references/dependant.ts';
import type { Freshness } from '../../source/references/dependant-freshness.ts';
import type { HttpResponse } from '../../telemetry/server/http-server.ts';
import type { SyncRow } from './sync-rows.ts';

/** Undefined while this process does not lead, because then it makes no calls to AWS. */
export type FreshnessEngine = () => Pick<SourceEngine, 'freshness' | 'startedAt'> | undefined;

export interface ConfirmationTime {
  /** The group resource of its kind: `externalsecrets.keytender.dev`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** Reason of its Ready condition. */
  readonly reason: string;
  /**
   * confirmed: AWS has confirmed the content to this process. failing: `at` is the time of the last success. unconfirmed: no success yet,
   * or this process has no answer from AWS yet. unrefreshed: the specification asks for no refreshes.
   */
  readonly state: 'confirmed' | 'failing' | 'unconfirmed' | 'unrefreshed';
  /** Milliseconds since the epoch. Absent: no success yet. */
  readonly at?: number;
  /**
   * status: from the status, because this process has no answer from AWS. The time in the status does not change if a refresh finds no
   * change.
   */
  readonly from?: 'AWS' | 'status';
}

export function confirmationOf(row: SyncRow, engine: Pick<SourceEngine, 'freshness' | 'startedAt'>): ConfirmationTime {
  const { namespace, name, reason } = row;
  const { controller: resource } = dependantOf(row.dependant);
  return { resource, namespace, name, reason, ...freshnessStateOf(row, engine.freshness(row.dependant), engine.startedAt) };
}

/** Times in a status have whole seconds. */
const RESOLUTION_MS = 1_000;
/** Time after a start within which each resource is reconciled. */
const FIRST_RECONCILES_MS = 5 * 60_000;

/** The result without the fields of the row, which is all that a scrape with thousands of rows needs. */
export function freshnessStateOf(
  { ready, since, refreshedAt, isRefreshed }: SyncRow,
  known: Freshness | undefined,
  startedAt: Ms,
): Pick<ConfirmationTime, 'state' | 'at' | 'from'> {
  if (ready === 'True' && typeof known === 'number') return { state: 'confirmed', at: known, from: 'AWS' };
  const reported = refreshedAt === undefined ? {} : ({ at: refreshedAt, from: 'status' } as const);
  const isFailing = ready === 'False';
  if (!isRefreshed || (!isFailing && known === 'unrefreshed')) return { state: 'unrefreshed', ...reported };
  if (!isFailing || reported.at === undefined) return { state: 'unconfirmed', ...reported };
  return { state: 'failing', ...(mayHaveBegunUnseen(since, known, startedAt) ? reported : lastSuccess(since, known)) };
}

/**
 * The last time before the start of the failure (`since`) at which the Secret was known to be current. A later confirmation by AWS is of a
 * value that could not be used and is not in the Secret.
 */
function lastSuccess(since: number, known: Freshness | undefined): Pick<ConfirmationTime, 'at' | 'from'> {
  return typeof known === 'number' && known < since ? { at: known, from: 'AWS' } : { at: since, from: 'status' };
}

/** The failure may have begun long before `since`: possibly no process ran before this one, and this one has had no success. */
function mayHaveBegunUnseen(since: number, known: Freshness | undefined, startedAt: Ms): boolean {
  if (typeof known === 'number' || since + RESOLUTION_MS < startedAt) return false;
  // The engine forgets answers with the subscription, which ends when the store fails.
  return known === 'unconfirmed' || since < startedAt + FIRST_RECONCILES_MS;
}

/** Maximum lines of a response: about 1 MiB. */
const MAX_LINES = 5_000;

/** GET /debug/freshness?namespace=…&name=…: one JSON object per line, the oldest first, at most 5,000. */
export async function freshnessResponse(
  rows: Iterable<SyncRow>,
  engine: FreshnessEngine,
  query: URLSearchParams,
  now: number,
  work: SlicedWork,
): Promise<HttpResponse> {
  const current = engine();
  if (current === undefined)
    return { status: 503, body: 'this replica does not lead, so AWS has told it nothing: ask the holder of the Lease\n' };
  const [namespace, name] = [query.get('namespace'), query.get('name')];
  const stalest = new Lowest<ConfirmationTime>(MAX_LINES, ({ at }) => at ?? 0);
  const lines: string[] = [];
  await inSlices(rows, work, (row) => {
    if ((namespace === null || row.namespace === namespace) && (name === null || row.name === name)) {
      stalest.add(confirmationOf(row, current));
    }
  });
  await inSlices(stalest.sorted(), work, ({ at, ...one }) => {
    const known =
      at === undefined ? {} : { confirmedAt: new Date(at).toISOString(), ageSeconds: Math.max(Math.round((now - at) / 1_000), 0) };
    lines.push(`${JSON.stringify({ ...one, ...known })}\n`);
  });
  return { status: 200, contentType: 'application/x-ndjson; charset=utf-8', body: lines.join('') };
}
