/** Which calls read these references of one identity. Pure. */
import { batchSize } from '../aws/batch-calls.ts';
import type { ReferenceKey, RemoteReference } from './port.ts';
import { isBatchable, referenceKey } from './reference-key.ts';

/** One reference is a single read, more are a batch call. */
export type PlannedCall = readonly [RemoteReference, ...RemoteReference[]];

export interface PlanOptions {
  /** False for an identity that may not make batch calls. */
  readonly batch: boolean;
  /** Most calls to plan; what is left is planned when there is room again, so that it may fill a batch with what has come since. */
  readonly limit: number;
  /** References that have to be read by themselves. */
  readonly isApart?: (key: ReferenceKey) => boolean;
}

/** Each distinct reference in at most one call, in their order; batches are full as long as there are enough. */
export function planCalls(references: Iterable<RemoteReference>, options: PlanOptions): readonly PlannedCall[] {
  const { batch, limit, isApart = () => false } = options;
  const calls: [RemoteReference, ...RemoteReference[]][] = [];
  const planned = new Set<string>();
  let open: [RemoteReference, ...RemoteReference[]] | undefined;
  for (const reference of references) {
    const key = referenceKey(reference);
    if (planned.has(key)) continue;
    const joins = batch && isBatchable(reference) && !isApart(key);
    if (joins && open !== undefined) {
      open.push(reference);
      if (open.length === batchSize(reference.identity.service)) open = undefined;
    } else {
      if (calls.length === limit) break;
      const call: [RemoteReference] = [reference];
      calls.push(call);
      if (joins) open = call;
    }
    planned.add(key);
  }
  return calls;
}
