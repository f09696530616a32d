/** Whether a list is the cheapest way to look at the references that are due, and which list. Pure. */
import { batchSize } from '../../aws/batch-calls.ts';
import { isStageOfSecret } from '../references/reference-key.ts';
import type { TrackedReference } from '../references/tracked-reference.ts';
import { listedName } from './compare.ts';
import { nameFilters } from './name-filters.ts';

export interface ListPlan {
  /** Prefixes of names. */
  readonly filters: readonly string[];
  /** More pages are not worth it. */
  readonly maxPages: number;
}

export interface ListTerms {
  /** Whether the identity may make batch calls. */
  readonly mayBatch: boolean;
  /** As many pages as such a list takes at least, as far as that's known. */
  readonly expectedPages: number;
}

type Due = Pick<TrackedReference, 'reference' | 'batchable'>;

/** Undefined where reading them costs less. */
export function planList(due: readonly Due[], { mayBatch, expectedPages }: ListTerms): ListPlan | undefined {
  const shown = due.filter(({ reference }) => listedName(reference) !== undefined);
  const maxPages = worth(shown, mayBatch);
  if (Math.max(expectedPages, 1) > maxPages) return undefined;
  return { maxPages, filters: nameFilters(shown.flatMap(({ reference }) => listedName(reference) ?? [])) };
}

/**
 * As many pages as reading takes calls. AWS may bill a batch as one call or as one for each of its secrets, and decrypts them, so that for as many
 * calls a list is the cheaper one; a single read costs the same as a page and tells more.
 */
function worth(due: readonly Due[], mayBatch: boolean): number {
  const references = withoutFollowers(due);
  const [first] = references;
  if (first === undefined) return 0;
  const batched = mayBatch ? references.filter(({ batchable }) => batchable).length : 0;
  const calls = Math.ceil(batched / batchSize(first.reference.identity.service)) + (references.length - batched);
  return calls < references.length ? calls : calls - 1;
}

/** AWSPREVIOUS is seldom read where AWSCURRENT of the secret is. */
function withoutFollowers(due: readonly Due[]): readonly Due[] {
  const current = new Set(
    due.filter(({ reference }) => isStageOfSecret(reference, 'AWSCURRENT')).map(({ reference }) => reference.secretId),
  );
  return due.filter(({ reference }) => !isStageOfSecret(reference, 'AWSPREVIOUS') || !current.has(reference.secretId));
}
