/** Plans the list for the due references, if a list is the cheapest way to check them. Pure. */
import { batchSize } from '../../aws/batch-calls.ts';
import { isStageOfSecret } from '../references/reference-key.ts';
import type { TrackedReference } from '../references/tracked-reference.ts';
import { listedName } from '../references/listed-name.ts';
import { nameFilters } from './name-filters.ts';

export interface ListPlan {
  /** Prefixes of names. */
  readonly filters: readonly string[];
  /** With more pages, reads would be cheaper. */
  readonly maxPages: number;
}

export interface ListConditions {
  /** Whether the identity may make batch calls. */
  readonly mayBatch: boolean;
  /** The known minimum number of pages of such a list. */
  readonly expectedPages: number;
}

type Due = Pick<TrackedReference, 'reference' | 'batchable'>;

/** Undefined if reads cost less. */
export function planList(due: readonly Due[], { mayBatch, expectedPages }: ListConditions): ListPlan | undefined {
  const shown = due.filter(({ reference }) => listedName(reference) !== undefined);
  const maxPages = worth(shown, mayBatch);
  if (Math.max(expectedPages, 1) > maxPages) return undefined;
  return { maxPages, filters: nameFilters(shown.flatMap(({ reference }) => listedName(reference) ?? [])) };
}

/**
 * The maximum number of pages for which a list is cheaper: the number of calls for the reads. AWS may bill a batch as one call or as one
 * call for each secret, and it decrypts the secrets, so a list with as many pages as batches is cheaper. A single read costs the same as a
 * page and shows less.
 */
function worth(due: readonly Due[], mayBatch: boolean): number {
  const references = withoutFollowers(due);
  const [first] = references;
  if (first === undefined) return 0;
  const batched = mayBatch ? references.filter(({ batchable }) => batchable).length : 0;
  const calls = Math.ceil(batched / batchSize(first.reference.identity.service)) + (references.length - batched);
  return calls < references.length ? calls : calls - 1;
}

/** AWSPREVIOUS is seldom read if AWSCURRENT of the secret is. */
function withoutFollowers(due: readonly Due[]): readonly Due[] {
  const current = new Set(
    due.filter(({ reference }) => isStageOfSecret(reference, 'AWSCURRENT')).map(({ reference }) => reference.secretId),
  );
  return due.filter(({ reference }) => !isStageOfSecret(reference, 'AWSPREVIOUS') || !current.has(reference.secretId));
}
