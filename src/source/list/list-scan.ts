/** Lists the secrets of an identity, page by page within its budget. Stops if reads would have been cheaper. */
import { fail, type Failure, type Outcome } from '../../failure/failure.ts';
import type { Identity } from '../../aws/credentials/identity.ts';
import type { ListPage, OnAttempts, SecretLister } from '../../aws/port.ts';
import type { Clock } from '../../base/time/clock.ts';
import type { CallBudgets } from '../limits/budgets/call-budgets.ts';
import { Listing } from './listing.ts';
import type { ListPlan } from './plan-list.ts';

export interface ListScanContext {
  readonly lister: SecretLister;
  readonly budgets: CallBudgets;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface ListScanRequest extends ListPlan {
  readonly identity: Identity;
}

export type ListScanResult =
  | { readonly kind: 'listed'; readonly listing: Listing; readonly pages: number }
  | { readonly kind: 'too-long' }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** AWS may send empty pages first. Up to this number they do not count as pages. */
const MAX_EMPTY = 10;

/** Rejects only when the signal aborts. */
export async function scanList(context: ListScanContext, { identity, filters, maxPages }: ListScanRequest): Promise<ListScanResult> {
  const { lister, budgets, clock, signal } = context;
  const listing = new Listing();
  let next: string | undefined;
  let [full, empty] = [0, 0];
  while (full < maxPages && empty <= MAX_EMPTY) {
    for (let wait = budgets.take(identity, 'list', 'refresh'); wait > 0; wait = budgets.take(identity, 'list', 'refresh')) {
      await clock.sleep(wait, signal);
    }
    const madeAt = clock.monotonic();
    const onAttempts: OnAttempts = (attempts) => budgets.tried(identity, 'list', attempts, madeAt);
    const answer = await orFailure(lister.listPage(identity, filters, next, signal, onAttempts), signal);
    if (!answer.ok) {
      if (answer.failure.reason === 'Throttled') budgets.throttled(identity, 'list', madeAt);
      return { kind: 'failed', failure: answer.failure };
    }
    for (const secret of answer.value.secrets) listing.add(secret);
    if (answer.value.secrets.length === 0) empty += 1;
    else full += 1;
    ({ next } = answer.value);
    if (next === undefined) return { kind: 'listed', listing, pages: full };
  }
  return { kind: 'too-long' };
}

/** A defect must not end the reads of other identities, so it becomes the failure of this list. */
async function orFailure(listing: Promise<Outcome<ListPage>>, signal: AbortSignal): Promise<Outcome<ListPage>> {
  try {
    return await listing;
  } catch (error) {
    signal.throwIfAborted();
    return fail('InternalError', 'listing secrets failed unexpectedly', { cause: error });
  }
}
