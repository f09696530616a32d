/** The metadata that the operator keeps for every object. All objects have the same fields in the same order, so that V8 stores them with one hidden class. Pure. */
import type { ObjectMeta } from './object.ts';

/** Without labels, annotations, owner references and finalizers; a caller that needs these adds them. */
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
