/**
 * Looks at references through lists, as far as their stores allow it and it costs less than reading them: a list names the version of a hundred
 * secrets. Lists are hints. What one shows to be as it was need not be read until its maximum age; everything else is read.
 */
import { batchSize } from '../../aws/batch-calls.ts';
import type { Identity, IdentityKey } from '../../aws/identity.ts';
import type { SecretLister } from '../../aws/port.ts';
import { type Clock, type Ms, ms } from '../../base/clock.ts';
import type { Budgets } from '../budget/budgets.ts';
import type { SourceGates } from '../gates/source-gates.ts';
import type { Registry } from '../registry.ts';
import { phaseOf, slotAfter } from '../schedule.ts';
import type { TrackedReference } from '../tracked-reference.ts';
import { type Listing, listedName } from './compare.ts';
import { Hints } from './hints.ts';
import type { Listable } from './listable.ts';
import { nameFilters } from './name-filters.ts';
import { sweep } from './sweep.ts';

export interface SweeperOptions {
  readonly lister: SecretLister;
  readonly budgets: Budgets;
  readonly gates: SourceGates;
  readonly registry: Pick<Registry, 'listable' | 'plan'>;
  readonly clock: Clock;
  readonly lifetime: AbortSignal;
  readonly minInterval: Ms;
  /** Whether the identity may make batch calls. */
  readonly mayBatch: (identity: IdentityKey) => boolean;
  /** Reads one reference; resolves when the answer has been noted. */
  readonly read: (tracked: TrackedReference) => Promise<unknown>;
  /** Something is due at this time (monotonic). */
  readonly onDue: (at: number) => void;
}

interface Turn {
  /** Monotonic. */
  at: number;
  period: Ms;
  running: boolean;
  /** Monotonic: until then lists are not tried. */
  avoidUntil: number;
}

/** For so long a refused permission, or a list that was not worth it, is taken as the state of things. */
const AVOID_MS = 3_600_000;

export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #turns = new Map<IdentityKey, Turn>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #hints: Hints;
  #looks = 0;

  constructor(options: SweeperOptions) {
    this.#options = options;
    this.#hints = new Hints(options.clock);
  }

  /** References that a list has shown to be as they were, counted each time. */
  get looks(): number {
    return this.#looks;
  }

  /** Monotonic time of the next list. */
  get nextAt(): number | undefined {
    let next: number | undefined;
    for (const [key, listable] of this.#options.registry.listable) {
      const turn = this.#turn(key, listable);
      if (!turn.running && (next === undefined || turn.at < next)) next = turn.at;
    }
    return next;
  }

  /** Begins the lists that are due. */
  startDue(): void {
    const { clock, registry } = this.#options;
    for (const key of this.#turns.keys()) if (!registry.listable.has(key)) this.#turns.delete(key);
    for (const [key, listable] of registry.listable) {
      const turn = this.#turn(key, listable);
      if (turn.running || turn.at > clock.monotonic()) continue;
      turn.running = true;
      const looking = this.#take(key, turn, listable);
      this.#underWay.add(looking);
      void looking.finally(() => this.#underWay.delete(looking));
    }
  }

  /** Settles when nothing is under way any more; rejects with a defect. */
  async ended(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #turn(key: IdentityKey, listable: Listable): Turn {
    const period = ms(Math.max(listable.period, this.#options.minInterval));
    const known = this.#turns.get(key);
    if (known?.period === period) return known;
    const turn = { period, at: this.#nextSlot(key, period), running: known?.running ?? false, avoidUntil: known?.avoidUntil ?? 0 };
    this.#turns.set(key, turn);
    return turn;
  }

  /** Anchored to the wall clock, like the slots of references. */
  #nextSlot(key: IdentityKey, period: Ms): number {
    const { clock } = this.#options;
    const now = clock.now();
    return clock.monotonic() + (slotAfter(phaseOf(key), period, now) - now);
  }

  async #take(key: IdentityKey, turn: Turn, listable: Listable): Promise<void> {
    const { lifetime, onDue } = this.#options;
    try {
      await this.#look(key, turn, [...listable.references]);
    } catch (error) {
      if (!lifetime.aborted) throw error;
    } finally {
      const present = this.#turns.get(key) ?? turn;
      present.running = false;
      present.at = this.#nextSlot(key, present.period);
      if (!lifetime.aborted) onDue(present.at);
    }
  }

  async #look(key: IdentityKey, turn: Turn, references: readonly TrackedReference[]): Promise<void> {
    const { clock, gates, lifetime, lister, budgets } = this.#options;
    const known = references.filter(({ observation }) => observation.kind === 'version');
    const names = known.flatMap(({ reference }) => listedName(reference) ?? []);
    const identity = known[0]?.reference.identity;
    // While nothing can be read as this identity, nothing can be listed either.
    if (identity === undefined || names.length === 0 || gates.closed(identity) !== undefined) return;
    if (turn.avoidUntil > clock.monotonic()) return this.#uncover(references);
    const context = { lister, budgets, clock, signal: lifetime };
    const found = await sweep(context, { identity, filters: nameFilters(names), maxPages: this.#worth(key, identity, known.length) });
    if (found.kind === 'listed') return this.#compare(known, found.listing);
    if (found.kind === 'too-long' || found.failure.reason === 'AccessDenied') turn.avoidUntil = clock.monotonic() + AVOID_MS;
    this.#uncover(references);
  }

  /** As many pages as reading would take calls. */
  #worth(key: IdentityKey, { service }: Identity, references: number): number {
    return this.#options.mayBatch(key) ? Math.ceil(references / batchSize(service)) : references;
  }

  async #compare(references: readonly TrackedReference[], listing: Listing): Promise<void> {
    const reading: Promise<unknown>[] = [];
    for (const tracked of references) {
      const listed = listing.versionOf(tracked.reference);
      const wasCovered = tracked.covered;
      this.#cover(tracked, listed !== undefined);
      if (listed === undefined) {
        // It may be gone; where lists never show it, its own interval counts.
        if (wasCovered) reading.push(this.#options.read(tracked));
      } else if (this.#hints.isNews(tracked, listed)) {
        reading.push(this.#options.read(tracked).then(() => this.#hints.checked(tracked, listed)));
      } else this.#looks += 1;
    }
    await Promise.all(reading);
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
