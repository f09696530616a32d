/** The record annotation: its name, its JSON, and how it's read back. Pure. */
import { z } from 'zod';
import { names } from '../api/names.ts';
import type { WriteRecord } from './port.ts';

const recordSchema = z.object({
  writer: z.string(),
  generation: z.number().optional(),
  inputs: z.string(),
  content: z.string(),
  digest: z.string().optional(),
  keys: z.array(z.string()).optional(),
  labels: z.array(z.string()).optional(),
  annotations: z.array(z.string()).optional(),
  sources: z.array(
    z.object({
      key: z.string(),
      stage: z.string().optional(),
      tags: z.literal(true).optional(),
      versionId: z.string(),
      createdDate: z.string().optional(),
    }),
  ),
  changedAt: z.string().optional(),
});

export function recordAnnotation(uid: string): string {
  return `${names.annotations.recordPrefix}${uid}`;
}

/** uid of the writer whose record the annotation is, or undefined. */
export function recordOwner(annotation: string): string | undefined {
  const { recordPrefix } = names.annotations;
  return annotation.startsWith(recordPrefix) ? annotation.slice(recordPrefix.length) : undefined;
}

export function serialiseRecord(record: WriteRecord): string {
  return JSON.stringify(record);
}

/** Undefined for a record that somebody has edited into something else: it counts as no record. */
export function parseRecord(text: string): WriteRecord | undefined {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(text));
    return parsed.success ? (parsed.data as unknown as WriteRecord) : undefined;
  } catch {
    return undefined;
  }
}

/** All records on an object, by the uid of their writer. */
export function recordsOn(annotations: Readonly<Record<string, string>> | undefined): ReadonlyMap<string, WriteRecord> {
  const records = new Map<string, WriteRecord>();
  for (const [annotation, text] of Object.entries(annotations ?? {})) {
    const uid = recordOwner(annotation);
    const record = uid === undefined ? undefined : parseRecord(text);
    if (uid !== undefined && record !== undefined) records.set(uid, record);
  }
  return records;
}
