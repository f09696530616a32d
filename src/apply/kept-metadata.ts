/**
 * The labels and annotations of a managed Secret that are kept in memory: ours, which are the managed label and those that a writer's template
 * gave. Those of others may hold anything, the data of the Secret among it: kubectl leaves a copy in last-applied-configuration. Pure.
 */
import { valueIn } from '../api/object.ts';
import type { WriteRecord } from './port.ts';

type Metadata = Readonly<Record<string, string>>;

/** The longest value that a template may give (api/external-secret.ts), in UTF-16 units. */
const MAX_VALUE = 2 * 16_384;
/** In the place of a longer one: what a template gives never equals it, so it counts as changed by somebody else. */
const TOO_LONG = '\u0000';

/** `managed`: the label of the dialect on every Secret that is written. */
export function keptLabels(labels: Metadata | undefined, managed: string, records: readonly WriteRecord[]): Metadata {
  return kept(labels, [managed, ...records.flatMap((record) => record.labels ?? [])]);
}

export function keptAnnotations(annotations: Metadata | undefined, records: readonly WriteRecord[]): Metadata {
  return kept(
    annotations,
    records.flatMap((record) => record.annotations ?? []),
  );
}

function kept(live: Metadata | undefined, wanted: readonly string[]): Metadata {
  const entries = wanted.flatMap((name) => {
    const value = valueIn(live, name);
    return value === undefined ? [] : [[name, value.length > MAX_VALUE ? TOO_LONG : value] as const];
  });
  return Object.fromEntries(entries);
}
