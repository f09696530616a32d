/**
 * Labels and annotations that are kept in memory: those of Keytender and of the template. Others can hold secret data
 * (last-applied-configuration). Pure.
 */
import { valueIn } from '../api/object/object.ts';
import type { WriteRecord } from './port.ts';

type Metadata = Readonly<Record<string, string>>;

/** The longest value that a template may give (api/schema/external-secret.ts), in UTF-16 units. */
const MAX_VALUE = 2 * 16_384;
/** Replaces a value that is too long. No template value equals it, so it counts as changed. */
const TOO_LONG = '\u0000';

/** `managed`: the label that the dialect puts on every Secret. */
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
