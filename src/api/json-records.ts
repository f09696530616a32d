/** Records as JSON: one annotation for each writer, with its uid in the name. Pure. */
import { z } from 'zod';
import { MAX_SEQUENCE, MAX_TIME } from './content-changes.ts';
import { changeLimits, recordLimits, type RecordFormat, type WriteRecord } from './record-format.ts';
import { limits } from './schema/schema-parts.ts';

/** Longer than any text in a record of the operator. A client that may edit the Secret can write any record, and records are kept in memory. */
const text = z.string().max(2_048);
const name = z.string().max(512);

const sequence = z.int().min(0).max(MAX_SEQUENCE);

/** The keys of a Secret have at most 253 characters. */
const changes = z
  .array(
    z.object({
      sequence,
      at: z.string().max(MAX_TIME),
      keys: z.array(z.string().max(253)).max(changeLimits.names).optional(),
    }),
  )
  .max(changeLimits.entries)
  .refine((list) => list.reduce((sum, { keys = [] }) => sum + keys.length, 0) <= changeLimits.names);

const recordSchema = z.object({
  writer: name,
  generation: z.number().optional(),
  inputs: name,
  content: name,
  digest: name.optional(),
  keys: z.array(name).max(recordLimits.keys).optional(),
  labels: z.array(name).max(limits.metadata).optional(),
  annotations: z.array(name).max(limits.metadata).optional(),
  sources: z
    .array(
      z.object({
        key: text,
        store: name.optional(),
        stage: name.optional(),
        tags: z.literal(true).optional(),
        versionId: name,
        createdDate: name.optional(),
      }),
    )
    .max(limits.sources),
  changedAt: name.optional(),
  sequence: sequence.optional(),
  changes: changes.optional(),
});

/** `prefix`: of the names of the annotations. The rest of a name is the uid. */
export function jsonRecords(prefix: string): RecordFormat {
  return {
    annotation: (uid) => `${prefix}${uid}`,
    writerOf: (annotation) => (annotation.startsWith(prefix) ? annotation.slice(prefix.length) : undefined),
    serialise: (record) => JSON.stringify(record),
    parse: parseRecord,
  };
}

function parseRecord(json: string): WriteRecord | undefined {
  if (json.length > recordLimits.characters) return undefined;
  try {
    const parsed = recordSchema.safeParse(JSON.parse(json));
    return parsed.success ? (parsed.data as unknown as WriteRecord) : undefined;
  } catch {
    return undefined;
  }
}
