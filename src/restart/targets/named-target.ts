/** Whether a workload that an ExternalSecret names as a target is restarted for its Secret. Pure. */
import type { Consumer } from '../consumer/consumer.ts';
import type { SourceName } from '../source/content.ts';

/** What is done with named targets that do not consume the Secret. Annotated: only those with the annotation `restart: "true"` are restarted. */
export type TargetsWithoutReference = 'Any' | 'Annotated';

export type TargetDecision =
  | { readonly restarts: true; readonly keys: 'all' | readonly string[] }
  | { readonly restarts: false; readonly because: 'OptedOut' | 'LiveReload' | 'NotAnnotated' };

/**
 * A target that consumes the Secret is restarted for the keys that it consumes, and one that does not for all: it may read the Secret from the API. Annotations of
 * the workload win. If not all references of the workload are kept, the Secret may be among the others, so it counts as consumed.
 */
export function decideTarget(
  { consumes, hasMoreReferences, settings }: Pick<Consumer, 'consumes' | 'hasMoreReferences' | 'settings'>,
  { kind, name }: SourceName,
  withoutReference: TargetsWithoutReference,
): TargetDecision {
  if (settings.restart === false) return { restarts: false, because: 'OptedOut' };
  const consumed = consumes.find((each) => each.kind === kind && each.name === name && each.effect !== 'image-pull');
  if (consumed?.effect === 'live') return { restarts: false, because: 'LiveReload' };
  if (consumed !== undefined) return { restarts: true, keys: consumed.keys };
  if (withoutReference === 'Any' || settings.restart === true || hasMoreReferences) return { restarts: true, keys: 'all' };
  return { restarts: false, because: 'NotAnnotated' };
}
