/** Which calls read these references of one identity. Pure. */
import { batchSize } from '../../aws/batch-calls.ts';
import type { OperationClass } from '../limits/call-budgets.ts';
import type { ReferenceKey } from '../port.ts';
import { isBatchable, isQuery, type KeyedReference } from '../references/reference-key.ts';

/** One reference is a single read, more are a batch call. */
export type PlannedCall<R extends KeyedReference = KeyedReference> = readonly [R, ...R[]];

export interface PlanOptions {
  /** False for an identity that may not make batch calls. */
  readonly batch: boolean;
  /** Most calls to plan; what is left is planned when there is room again, so that it may fill a batch with what has come since. */
  readonly limit: number;
  /** References that have to be read by themselves. */
  readonly isApart?: (key: ReferenceKey) => boolean;
}

/** Of which budget the call is. */
export function operationOf([first, ...others]: PlannedCall): OperationClass {
  if (others.length > 0) return 'batch';
  return isQuery(first.reference) ? 'list' : 'single';
}

/** Each distinct reference in at most one call, in their order; batches are full as long as there are enough. */
export function planCalls<R extends KeyedReference>(references: Iterable<R>, options: PlanOptions): readonly PlannedCall<R>[] {
  const { batch, limit, isApart = () => false } = options;
  const calls: [R, ...R[]][] = [];
  const planned = new Set<ReferenceKey>();
  let open: [R, ...R[]] | undefined;
  for (const wanted of references) {
    const { key, reference } = wanted;
    if (planned.has(key)) continue;
    const joins = batch && isBatchable(reference) && !isApart(key);
    if (joins && open !== undefined) {
      open.push(wanted);
      if (open.length === batchSize(reference.identity.service)) open = undefined;
    } else {
      if (calls.length === limit) break;
      const call: [R] = [wanted];
      calls.push(call);
      if (joins) open = call;
    }
    planned.add(key);
  }
  return calls;
}
