/** The record annotation: its name, its JSON, and the parser. Pure. */
import { z } from 'zod';
import type { WriteRecord } from './port.ts';

/**
 * Longer than all texts in records of the operator. A client that may edit the Secret can write any record, and records are kept in memory.
 */
const text = z.string().max(2_048);
const name = z.string().max(512);

const recordSchema = z.object({
  writer: name,
  generation: z.number().optional(),
  inputs: name,
  content: name,
  digest: name.optional(),
  keys: z.array(name).optional(),
  labels: z.array(name).optional(),
  annotations: z.array(name).optional(),
  sources: z.array(
    z.object({
      key: text,
      store: name.optional(),
      stage: name.optional(),
      tags: z.literal(true).optional(),
      versionId: name,
      createdDate: name.optional(),
    }),
  ),
  changedAt: name.optional(),
});

/** Name of the annotation with the record of a writer. `prefix`: prefix of records in the dialect of the writer. */
export function recordAnnotation(prefix: string, uid: string): string {
  return `${prefix}${uid}`;
}

/** uid of the writer of a record annotation, or undefined. */
export function recordOwner(prefix: string, annotation: string): string | undefined {
  return annotation.startsWith(prefix) ? annotation.slice(prefix.length) : undefined;
}

export function serialiseRecord(record: WriteRecord): string {
  return JSON.stringify(record);
}

/** Undefined if the annotation is not a valid record. */
export function parseRecord(text: string): WriteRecord | undefined {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(text));
    return parsed.success ? (parsed.data as unknown as WriteRecord) : undefined;
  } catch {
    return undefined;
  }
}

/** The records of one dialect on an object, by the uid of their writer. With `writers`, only their records are parsed. */
export function recordsOn(
  prefix: string,
  annotations: Readonly<Record<string, string>> | undefined,
  writers?: ReadonlySet<string>,
): ReadonlyMap<string, WriteRecord> {
  const records = new Map<string, WriteRecord>();
  for (const [annotation, text] of Object.entries(annotations ?? {})) {
    const uid = recordOwner(prefix, annotation);
    if (uid === undefined || writers?.has(uid) === false) continue;
    const record = parseRecord(text);
    if (record !== undefined) records.set(uid, record);
  }
  return records;
}
