/**
 * Checks references by lists, if their stores permit it and a list costs less than the reads of the due references: one page of a list
 * shows the versions of a hundred secrets. Lists are hints. A reference that a list shows unchanged is not read until its maximum age; all
 * others are read.
 */
import { type Identity, type IdentityKey, lastingIdentityKey } from '../../aws/credentials/identity.ts';
import type { SecretLister } from '../../aws/port.ts';
import type { Clock, Ms } from '../../base/time/clock.ts';
import type { BatchPermissions } from '../limits/batch-permissions.ts';
import type { CallBudgets } from '../limits/budgets/call-budgets.ts';
import type { SourceBreakers } from '../limits/breakers/source-breakers.ts';
import type { Registry } from '../references/registry.ts';
import { phaseOf } from '../schedule/slots.ts';
import type { TrackedReference } from '../references/tracked-reference.ts';
import type { Listing } from './listing.ts';
import { Hints } from './hints.ts';
import type { Listable } from '../references/listable.ts';
import { PageCounts } from './page-counts.ts';
import { planList } from './plan-list.ts';
import { scanList } from './list-scan.ts';
import { Timetable } from './timetable.ts';

export interface ListScannerOptions {
  readonly lister: SecretLister;
  readonly budgets: CallBudgets;
  readonly breakers: SourceBreakers;
  readonly registry: Pick<Registry, 'listable' | 'plan'>;
  readonly clock: Clock;
  readonly lifetime: AbortSignal;
  readonly minInterval: Ms;
  /** The permissions of identities to list. */
  readonly permissions: BatchPermissions;
  /** Whether the identity may make batch calls. */
  readonly mayBatch: (identity: IdentityKey) => boolean;
  /** Reads one reference; resolves when the answer has been recorded. */
  readonly read: (tracked: TrackedReference) => Promise<unknown>;
  /** A list is due at this monotonic time. */
  readonly onDue: (at: number) => void;
}

interface IdentityLists {
  readonly timetable: Timetable;
  readonly pages: PageCounts;
  running: boolean;
}

/** One scan: the references to check with one list. */
interface Scan {
  readonly lists: IdentityLists;
  readonly intervals: readonly Ms[];
  /** The due references, and all references that the pages may show. */
  readonly due: readonly TrackedReference[];
  readonly all: readonly TrackedReference[];
}

export class ListScanner {
  readonly #options: ListScannerOptions;
  readonly #lists = new Map<IdentityKey, IdentityLists>();
  readonly #running = new Set<Promise<void>>();
  readonly #hints: Hints;
  readonly #avoided = { denied: 0, tooLong: 0, dearer: 0 };
  #unchanged = 0;
  #defect: Error | undefined;

  constructor(options: ListScannerOptions) {
    this.#options = options;
    this.#hints = new Hints(options.clock);
  }

  /** Number of times that a list showed a reference unchanged. */
  get unchanged(): number {
    return this.#unchanged;
  }

  /** Number of scans without a list, by reason; their references were read instead. */
  get avoided(): { readonly denied: number; readonly tooLong: number; readonly dearer: number } {
    return this.#avoided;
  }

  /** Monotonic time of the next scan. */
  get nextAt(): number | undefined {
    let next: number | undefined;
    for (const [key, listable] of this.#options.registry.listable) {
      const { running, timetable } = this.#listsOf(key, listable);
      if (!running && (next === undefined || timetable.nextAt < next)) next = timetable.nextAt;
    }
    return next;
  }

  /** Starts the due scans; throws the defect of an earlier one. */
  startDue(): void {
    this.#throwDefect();
    const { registry } = this.#options;
    for (const [key, { running }] of this.#lists) if (!running && !registry.listable.has(key)) this.#lists.delete(key);
    for (const [key, listable] of registry.listable) {
      const lists = this.#listsOf(key, listable);
      const intervals = lists.running ? [] : lists.timetable.due();
      if (intervals.length === 0) continue;
      lists.running = true;
      const scanning = this.#runScan(key, { lists, intervals, due: listable.of(intervals), all: [...listable.references] });
      this.#running.add(scanning);
      void scanning.finally(() => this.#running.delete(scanning));
    }
  }

  /** Resolves when no scan is running. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
    this.#throwDefect();
  }

  #throwDefect(): void {
    if (this.#defect !== undefined) throw this.#defect;
  }

  #listsOf(key: IdentityKey, listable: Listable): IdentityLists {
    const { clock, minInterval } = this.#options;
    const known = this.#lists.get(key);
    const timetable = known?.timetable ?? new Timetable({ clock, minInterval, phase: phaseOf(lastingKeyIn(listable) ?? key) });
    timetable.setIntervals(listable.intervals);
    if (known !== undefined) return known;
    const lists = { timetable, pages: new PageCounts(clock), running: false };
    this.#lists.set(key, lists);
    return lists;
  }

  async #runScan(key: IdentityKey, scan: Scan): Promise<void> {
    const { clock, lifetime, breakers, onDue } = this.#options;
    const { lists, intervals, due } = scan;
    const known = due.filter(({ knownVersion }) => knownVersion !== undefined);
    // A list has no version to compare with these references.
    this.#uncover(due.filter(({ knownVersion }) => knownVersion === undefined));
    const identity = known[0]?.reference.identity;
    // While no read is possible with this identity, no list is possible either.
    const isBreakerOpen = identity !== undefined && breakers.openBreaker(identity) !== undefined;
    try {
      if (identity !== undefined && !isBreakerOpen) await this.#scan(key, identity, { ...scan, due: known });
    } catch (error) {
      // The defect must be reported, because the result of the list is lost.
      if (!lifetime.aborted) this.#defect = new Error('the source engine could not take note of what it listed', { cause: error });
    }
    lists.running = false;
    if (isBreakerOpen) lists.timetable.missed(intervals);
    else lists.timetable.served(intervals);
    if (!lifetime.aborted) onDue(this.#defect === undefined ? lists.timetable.nextAt : clock.monotonic());
  }

  async #scan(key: IdentityKey, identity: Identity, scan: Scan): Promise<void> {
    const { clock, lifetime, lister, budgets, permissions, mayBatch } = this.#options;
    const { lists, intervals, due } = scan;
    const plan = planList(due, { mayBatch: mayBatch(key), expectedPages: lists.pages.expected(intervals) });
    const allowed = permissions.allows(key);
    if (plan === undefined || !allowed) return this.#avoid(due, allowed ? 'dearer' : 'denied');
    const result = await scanList({ lister, budgets, clock, signal: lifetime }, { identity, ...plan });
    if (result.kind === 'listed') {
      permissions.granted(key, identity.storeNamespace);
      lists.pages.took(intervals, result.pages);
      return this.#compare(scan, result.listing);
    }
    if (result.kind === 'too-long') {
      lists.pages.exceeded(intervals, plan.maxPages);
      return this.#avoid(due, 'tooLong');
    }
    if (result.failure.reason !== 'AccessDenied') return this.#uncover(due);
    permissions.denied(key, identity.storeNamespace);
    this.#avoid(due, 'denied');
  }

  async #compare({ due, all }: Scan, listing: Listing): Promise<void> {
    const reads: Promise<unknown>[] = [];
    const isDue = new Set(due);
    for (const tracked of all) {
      const listed = listing.versionOf(tracked.reference);
      if (isDue.has(tracked)) {
        // The secret may be deleted. A reference that no list shows is read at its own interval.
        if (listed === undefined && tracked.covered) reads.push(this.#options.read(tracked));
        this.#cover(tracked, listed !== undefined);
      }
      if (listed === undefined || tracked.knownVersion === undefined) continue;
      if (this.#hints.needsRead(tracked, listed)) {
        reads.push(this.#options.read(tracked).then(() => this.#hints.readDone(tracked, listed)));
      } else if (isDue.has(tracked)) this.#unchanged += 1;
    }
    await Promise.all(reads);
  }

  #avoid(references: readonly TrackedReference[], reason: 'denied' | 'tooLong' | 'dearer'): void {
    this.#avoided[reason] += 1;
    this.#uncover(references);
  }

  #uncover(references: readonly TrackedReference[]): void {
    for (const tracked of references) this.#cover(tracked, false);
  }

  #cover(tracked: TrackedReference, covered: boolean): void {
    if (tracked.covered === covered) return;
    tracked.covered = covered;
    this.#options.registry.plan(tracked);
  }
}

/** All references are of one identity. */
function lastingKeyIn({ references }: Listable): string | undefined {
  for (const { reference } of references) return lastingIdentityKey(reference.identity);
  return undefined;
}
