/** Finds the records on an object. Their form is part of the dialect (src/api/record-format.ts). Pure. */
import type { RecordFormat, WriteRecord } from '../api/record-format.ts';

/** Writers of a Secret by their uids. */
export type Uids = Pick<ReadonlySet<string>, 'has'>;

/** The records of one dialect on an object, by the uid of their writer. With `writers`, only their records are parsed. */
export function recordsOn(
  format: RecordFormat,
  annotations: Readonly<Record<string, string>> | undefined,
  writers?: Uids,
): ReadonlyMap<string, WriteRecord> {
  const records = new Map<string, WriteRecord>();
  for (const [annotation, text] of Object.entries(annotations ?? {})) {
    const uid = format.writerOf(annotation);
    if (uid === undefined || writers?.has(uid) === false) continue;
    const record = format.parse(text);
    if (record !== undefined) records.set(uid, record);
  }
  return records;
}
