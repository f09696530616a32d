/**
 * A workload as it arrives from the API server -> the little that restarting needs. All workloads of the cluster are kept, also those that nobody
 * targets, so what is kept of each is bounded; what is needed beyond it is read from the live workload. Pure.
 */
import { coreMetadata } from '../api/core-metadata.ts';
import { valueIn, type KubeObject } from '../api/object.ts';
import type { Workload } from './port.ts';
import type { WorkloadKind } from '../api/workload-kinds.ts';
import { holdOf, type RolloutFields } from './rollout.ts';

interface Template {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
}

type RawWorkload = KubeObject & RolloutFields & { readonly spec?: { readonly template?: Template } };

/** Markers that are kept for one workload: it would have to consume as many Secrets. */
const MAX_MARKERS = 32;
/** No content id is as long. */
const MAX_MARKER = 128;

/** `prefix`: of markers, in the dialect that reads them. `wanted`: names of markers that are kept however many there are. */
export function reduceWorkload(kind: WorkloadKind, raw: RawWorkload, prefix: string, wanted: readonly string[] = []): Workload {
  const annotations = raw.spec?.template?.metadata?.annotations ?? {};
  const present = Object.keys(annotations).filter((name) => name.startsWith(prefix));
  const kept = new Set([...wanted.filter((name) => Object.hasOwn(annotations, name)), ...present.slice(0, MAX_MARKERS)]);
  const hold = holdOf(kind, raw);
  return {
    apiVersion: raw.apiVersion,
    kind,
    metadata: coreMetadata(raw.metadata),
    markers: Object.fromEntries(Array.from(kept, (name) => [name, markerIn(annotations, name)])),
    hasMoreMarkers: present.length > kept.size,
    ...(hold === undefined ? {} : { hold }),
  };
}

/** A longer text states no content, and is not kept. */
function markerIn(annotations: Readonly<Record<string, string>>, name: string): string {
  const marker = valueIn(annotations, name) ?? '';
  return marker.length > MAX_MARKER ? '' : marker;
}
