/** Plans the calls that read references of one identity. Pure. */
import { batchSize } from '../../../aws/batch-calls.ts';
import type { OperationClass } from '../../limits/budgets/call-budgets.ts';
import type { ReferenceKey } from '../../port.ts';
import { isBatchable, isQuery, type KeyedReference } from '../../references/reference-key.ts';

/** One reference is a single read, several are a batch call. */
export type PlannedCall<R extends KeyedReference = KeyedReference> = readonly [R, ...R[]];

export interface PlanOptions {
  /** False for an identity without the permission for batch calls. */
  readonly batch: boolean;
  /** Maximum number of calls. The remaining references are planned later, and may then share a batch with newer ones. */
  readonly limit: number;
  /** References that must not be in a batch. */
  readonly mustReadAlone?: (key: ReferenceKey) => boolean;
}

/** The budget that the call counts in. */
export function operationOf([first, ...others]: PlannedCall): OperationClass {
  if (others.length > 0) return 'batch';
  return isQuery(first.reference) ? 'list' : 'single';
}

/** Each distinct reference is in at most one call, in the given order. All batches except the last are full. */
export function planCalls<R extends KeyedReference>(references: Iterable<R>, options: PlanOptions): readonly PlannedCall<R>[] {
  const calls: [R, ...R[]][] = [];
  const planned = new Set<ReferenceKey>();
  let batch: [R, ...R[]] | undefined;
  for (const wanted of references) {
    if (planned.has(wanted.key)) continue;
    const joins = joinsBatch(wanted, options);
    if (joins && batch !== undefined) {
      batch.push(wanted);
    } else {
      if (calls.length === options.limit) break;
      const call: [R] = [wanted];
      calls.push(call);
      if (joins) batch = call;
    }
    if (batch?.length === batchSize(wanted.reference.identity.service)) batch = undefined;
    planned.add(wanted.key);
  }
  return calls;
}

function joinsBatch({ key, reference }: KeyedReference, { batch, mustReadAlone = () => false }: PlanOptions): boolean {
  return batch && isBatchable(reference) && !mustReadAlone(key);
}
