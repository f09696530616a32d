/**
 * Converts a workload from the API server to the parts that a restart needs. All workloads of the cluster are kept, also those that are not
 * targets, so the size of each has a limit. Data above the limit is read from the live workload. Pure.
 */
import { coreMetadata } from '../api/object/core-metadata.ts';
import { valueIn, type KubeObject } from '../api/object/object.ts';
import type { Workload } from './port.ts';
import type { WorkloadKind } from '../api/object/workload-kinds.ts';
import { rolloutBlockOf, type RolloutFields } from './rollout.ts';

interface Template {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
}

type RawWorkload = KubeObject & RolloutFields & { readonly spec?: { readonly template?: Template } };

/** Maximum number of markers of one workload. Each marker is for one Secret that the workload consumes. */
const MAX_MARKERS = 32;
/** Longer than any content id. */
const MAX_MARKER = 128;

/** `prefix`: prefix of markers, in the dialect of the reader. `wanted`: names of markers that are always kept. */
export function reduceWorkload(kind: WorkloadKind, raw: RawWorkload, prefix: string, wanted: readonly string[] = []): Workload {
  const annotations = raw.spec?.template?.metadata?.annotations ?? {};
  const present = Object.keys(annotations).filter((name) => name.startsWith(prefix));
  const kept = new Set([...wanted.filter((name) => Object.hasOwn(annotations, name)), ...present.slice(0, MAX_MARKERS)]);
  const hold = rolloutBlockOf(kind, raw);
  return {
    apiVersion: raw.apiVersion,
    kind,
    metadata: coreMetadata(raw.metadata),
    markers: Object.fromEntries(Array.from(kept, (name) => [name, markerIn(annotations, name)])),
    hasMoreMarkers: present.length > kept.size,
    ...(hold === undefined ? {} : { hold }),
  };
}

/** A longer text is not a content id and is not kept. */
function markerIn(annotations: Readonly<Record<string, string>>, name: string): string {
  const marker = valueIn(annotations, name) ?? '';
  return marker.length > MAX_MARKER ? '' : marker;
}
