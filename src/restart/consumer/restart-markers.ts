/** The restart markers of a workload, bounded: the markers of the sources that it consumes, those that the caller asks for, and a number of others. Pure. */
import type { DialectAnnotations } from '../../api/dialect.ts';
import { textIn } from '../../base/members.ts';
import { manualMarker, markerName, markerPrefixes } from '../source/marker.ts';
import type { Consumer, Consumption } from './consumer.ts';

/** Markers of other sources than those that the workload consumes: of targets that do not refer to the Secret, former ones, stale ones. */
export const MAX_OTHERS = 32;
/** Longer than any marker of a source. */
export const MAX_MARKER = 128;

const NOTHING: Readonly<Record<string, string>> = Object.freeze({});

type Annotations = Readonly<Record<string, unknown>>;
type Prefixes = Pick<DialectAnnotations, 'restartPrefix' | 'restartConfigMapPrefix'>;
type Markers = Pick<Consumer, 'markers' | 'hasMoreMarkers'>;

const WITHOUT: Markers = Object.freeze({ markers: NOTHING, hasMoreMarkers: false });

/** `annotations`: of the object that carries the markers. `wanted`: names of markers that are kept in any case. */
export function markersIn(
  annotations: Annotations | undefined,
  prefixes: Prefixes,
  consumes: readonly Consumption[],
  wanted: readonly string[],
): Markers {
  const present = namesIn(annotations, prefixes);
  if (annotations === undefined || present.length === 0) return WITHOUT;
  const asked = new Set([manualMarker(markerPrefixes(prefixes)), ...wanted, ...consumes.map((source) => markerOf(prefixes, source))]);
  const kept = present.filter((name) => asked.has(name));
  const others = present.length === kept.length ? [] : present.filter((name) => !asked.has(name));
  const markers = Object.fromEntries([...kept, ...others.slice(0, MAX_OTHERS)].map((name) => [name, markerIn(annotations, name)]));
  return { markers, hasMoreMarkers: others.length > MAX_OTHERS };
}

/** The name of the annotation for the marker of this source. */
export function markerOf(prefixes: Prefixes, source: Pick<Consumption, 'kind' | 'name'>): string {
  return markerName(markerPrefixes(prefixes), source);
}

function namesIn(annotations: Annotations | undefined, { restartPrefix, restartConfigMapPrefix }: Prefixes): readonly string[] {
  const names: string[] = [];
  for (const name in annotations) if (name.startsWith(restartPrefix) || name.startsWith(restartConfigMapPrefix)) names.push(name);
  return names;
}

/** A longer text is not a marker and is not kept. */
function markerIn(annotations: Annotations, name: string): string {
  const marker = textIn(annotations, name) ?? '';
  return marker.length > MAX_MARKER ? '' : marker;
}
