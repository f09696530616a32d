/** When AWS last confirmed what each ExternalSecret holds: for metrics, and exactly and by name on demand. Names and times, never a value. */
import type { Ms } from '../base/clock.ts';
import { Lowest } from '../base/lowest.ts';
import { inSlices } from '../base/slices.ts';
import type { SlicedWork } from '../base/time-slices.ts';
import type { SourceEngine } from '../source/engine-options.ts';
import type { Freshness } from '../source/references/freshness.ts';
import type { HttpAnswer } from '../telemetry/http-server.ts';
import type { SyncRow } from './sync-rows.ts';

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

export function confirmationOf(row: SyncRow, engine: Pick<SourceEngine, 'freshness' | 'startedAt'>): Confirmation {
  const { namespace, name, reason } = row;
  return { namespace, name, reason, ...standingOf(row, engine.freshness(row.dependant), engine.startedAt) };
}

/** Statuses tell whole seconds. */
const RESOLUTION_MS = 1_000;
/** Each resource has had a round by then. */
const FIRST_ROUNDS_MS = 5 * 60_000;

/** The part that does not repeat the row, which costs a scrape of thousands less. */
export function standingOf(
  { ready, since, refreshedAt, isRefreshed }: SyncRow,
  known: Freshness | undefined,
  startedAt: Ms,
): Pick<Confirmation, 'state' | 'at' | 'from'> {
  if (ready === 'True' && typeof known === 'number') return { state: 'confirmed', at: known, from: 'AWS' };
  const reported = refreshedAt === undefined ? {} : ({ at: refreshedAt, from: 'status' } as const);
  const isFailing = ready === 'False';
  if (!isRefreshed || (!isFailing && known === 'unrefreshed')) return { state: 'unrefreshed', ...reported };
  if (!isFailing || reported.at === undefined) return { state: 'unconfirmed', ...reported };
  return { state: 'failing', ...(mayHaveBegunUnseen(since, known, startedAt) ? reported : lastSuccess(since, known)) };
}

/**
 * The last time before the failure began at `since` at which the Secret was known to be current. A later confirmation by AWS is of a value that could not be
 * used: the Secret does not hold it.
 */
function lastSuccess(since: number, known: Freshness | undefined): Pick<Confirmation, 'at' | 'from'> {
  return typeof known === 'number' && known < since ? { at: known, from: 'AWS' } : { at: since, from: 'status' };
}

/** The failure may have begun long before `since`: no process may have worked until this one started, and this one has had no success. */
function mayHaveBegunUnseen(since: number, known: Freshness | undefined, startedAt: Ms): boolean {
  if (typeof known === 'number' || since + RESOLUTION_MS < startedAt) return false;
  // What it has heard is forgotten with the subscription, which ends where the store fails.
  return known === 'unconfirmed' || since < startedAt + FIRST_ROUNDS_MS;
}

/** Lines of one answer at most: about 1 MiB. */
const MOST_LINES = 5_000;

/** GET /debug/freshness?namespace=…&name=…: one JSON object a line, the stalest first, 5,000 at most. */
export async function freshnessAnswer(
  rows: Iterable<SyncRow>,
  engine: FreshnessEngine,
  query: URLSearchParams,
  now: number,
  work: SlicedWork,
): Promise<HttpAnswer> {
  const current = engine();
  if (current === undefined)
    return { status: 503, body: 'this replica does not lead, so AWS has told it nothing: ask the holder of the Lease\n' };
  const [namespace, name] = [query.get('namespace'), query.get('name')];
  const stalest = new Lowest<Confirmation>(MOST_LINES, ({ at }) => at ?? 0);
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
