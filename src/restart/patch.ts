/** The patch that restarts a workload. Pure. Of a running workload it changes annotations only, so that a repetition changes nothing. */
import type { Ms } from '../base/time/clock.ts';
import type { Consumer } from './consumer/consumer.ts';

/** Annotations by name; null removes one. */
export type MarkerChanges = Readonly<Record<string, string | null>>;

/**
 * A JSON merge patch. Its precondition is the resourceVersion, so that no newer marker is overwritten. With strategy `restart`, Argo Rollouts replaces the pods that
 * are older than spec.restartAt, and the template stays.
 */
export function restartPatch({ metadata, settings, kind, rollout }: Consumer, changes: MarkerChanges, now: Ms): object {
  const { resourceVersion } = metadata;
  if (kind !== 'Rollout' || settings.strategy !== 'restart') {
    return { metadata: { resourceVersion }, spec: { template: { metadata: { annotations: changes } } } };
  }
  return { metadata: { resourceVersion, annotations: changes }, spec: { restartAt: nextRestartAt(rollout.restartAt, now) } };
}

/** Whole seconds, as metav1.Time has. Later than the last one, so that two restarts in one second are two. */
function nextRestartAt(before: string | undefined, now: Ms): string {
  const last = Date.parse(before ?? '');
  const next = Math.max(now, Number.isNaN(last) ? now : last + 1_000);
  return new Date(Math.ceil(next / 1_000) * 1_000).toISOString().replace('.000Z', 'Z');
}

/** The changes that bring the markers of the template to `wanted`. Markers of other sources are stale and go. Empty: nothing to do. */
export function markerChanges(present: Readonly<Record<string, string>>, wanted: ReadonlyMap<string, string>): MarkerChanges {
  const set = [...wanted].filter(([name, text]) => !Object.hasOwn(present, name) || present[name] !== text);
  const stale = Object.keys(present).filter((name) => !wanted.has(name));
  return Object.fromEntries([...set, ...stale.map((name) => [name, null] as const)]);
}
