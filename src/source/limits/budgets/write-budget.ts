/**
 * The budget of writes to AWS, as a port of the writer. A write waits here for its turn, because a caller that is refused and comes back after seconds has
 * lost its turn. Namespaces take turns (shared-budget.ts). Of one namespace only the first write asks, so that its number of writes gives it no advantage.
 */
import { type Identity, identityKey } from '../../../aws/credentials/identity.ts';
import type { CallAttempts } from '../../../aws/port.ts';
import type { WriteBudget, WriteCaller } from '../../../aws/writer-port.ts';
import { type Clock, type Ms, ms } from '../../../base/time/clock.ts';
import { withinTime } from '../../../base/time/deadline.ts';
import { ok } from '../../../base/result.ts';
import { untilAborted } from '../../../base/waiting.ts';
import type { CallBudgets } from './call-budgets.ts';

/** A worker waits as long. After that the queue repeats the reconcile. */
export const LONGEST_WAIT = ms(5_000);
/** Waiting writes of one namespace as one identity: as many as the whole budget lets through in the longest wait. */
const MAX_WAITING = 100;

interface Waiting {
  readonly first: Promise<void>;
  readonly becomeFirst: () => void;
}

/** The first one has joined first. */
type Line = Set<Waiting>;

/** All writes share one bucket (tags, too, which AWS counts separately). A caller waits for each write: no write is a refresh. */
export class SharedWriteBudget implements WriteBudget {
  readonly #clock: Clock;
  readonly #budgets: CallBudgets;
  readonly #lines = new Map<string, Line>();

  constructor(clock: Clock, budgets: CallBudgets) {
    this.#clock = clock;
    this.#budgets = budgets;
  }

  async take(caller: WriteCaller, signal: AbortSignal): Promise<Ms> {
    const key = `${caller.namespace} ${identityKey(caller.identity)}`;
    const line: Line = this.#lines.get(key) ?? new Set();
    if (line.size >= MAX_WAITING) return LONGEST_WAIT;
    const { promise: first, resolve: becomeFirst } = Promise.withResolvers<void>();
    const waiting: Waiting = { first, becomeFirst };
    if (line.size === 0) becomeFirst();
    this.#lines.set(key, line.add(waiting));
    try {
      const taken = await withinTime<undefined, Ms>(this.#clock, signal, LONGEST_WAIT, LONGEST_WAIT, async (bounded) => {
        await untilAborted(first, bounded);
        await this.#turn(caller, bounded);
        return ok(undefined);
      });
      return taken.ok ? ms(0) : taken.failure;
    } finally {
      this.#leave(key, line, waiting);
    }
  }

  giveBack({ identity }: WriteCaller): void {
    this.#budgets.giveBack(identity, 'write');
  }

  tried({ identity }: WriteCaller, attempts: CallAttempts, madeAt: number): void {
    this.#budgets.tried(identity, 'write', attempts, madeAt);
  }

  described(identity: Identity, attempts: CallAttempts, madeAt: number): void {
    this.#budgets.spend(identity, 'single');
    this.#budgets.tried(identity, 'single', attempts, madeAt);
  }

  /** It asks again as soon as the budget may have a token for it, so that it keeps its turn. */
  async #turn({ identity, namespace }: WriteCaller, signal: AbortSignal): Promise<void> {
    const ask = (): Ms => this.#budgets.take(identity, 'write', 'wanted', namespace);
    for (let wait = ask(); wait > 0; wait = ask()) await this.#clock.sleep(wait, signal);
  }

  #leave(key: string, line: Line, waiting: Waiting): void {
    line.delete(waiting);
    const [next] = line;
    if (next === undefined) this.#lines.delete(key);
    else next.becomeFirst();
  }
}
