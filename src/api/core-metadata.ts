/** What of an object's metadata is worth keeping for every object of a kind: one shape, in one order, so that V8 keeps it as small as can be. Pure. */
import type { ObjectMeta } from './object.ts';

/** Without labels, annotations, owners and finalizers: who keeps those says so. */
export function coreMetadata({
  name,
  namespace,
  uid,
  resourceVersion,
  generation,
  creationTimestamp,
  deletionTimestamp,
}: ObjectMeta): ObjectMeta {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid,
    resourceVersion,
    ...(generation === undefined ? {} : { generation }),
    creationTimestamp,
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  };
}
