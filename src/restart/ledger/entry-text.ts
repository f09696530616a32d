/** Entries as text in a ConfigMap. Whoever may edit the ConfigMap can write any text, so each text is checked. Pure. */
import { z } from 'zod';
import { consumerKinds } from '../consumer/consumer.ts';
import { sourceMarks } from '../source/mark.ts';
import { keyOfEntry, type LedgerEntry } from './entry.ts';

/** Characters of one entry. With the bounds of markers, changes and digests, no entry of the operator is longer: 500 markers take some 80 kB. */
export const MAX_ENTRY = 128 * 1024;

const name = z.string().max(317);
const text = z.string().max(512);
const time = z.string().max(40).refine(isTime);
const count = z.number().int().min(0);

const workload = z.object({
  about: z.literal('workload'),
  uid: text,
  kind: z.enum(consumerKinds),
  namespace: name,
  name,
  patchedAt: time,
  markers: z.record(name, text),
  generationBefore: count,
  healthyBefore: z.boolean(),
  templateId: text.optional(),
  removals: z.record(name, count),
  wave: text.optional(),
  soakUntil: time.optional(),
  restartNow: text.optional(),
});

const source = z.object({
  about: z.literal('source'),
  kind: z.enum(['Secret', 'ConfigMap']),
  namespace: name,
  name,
  uid: text,
  resourceVersion: text,
  sequence: count,
  content: text,
  changes: z.array(z.object({ sequence: count, at: time, keys: z.array(name).optional() })),
  digestKey: text,
  hasAllKeys: z.boolean(),
  digests: z.record(name, text),
  marks: z.array(z.enum(sourceMarks)),
  readAs: text,
  absentSince: time.optional(),
});

const entry = z.discriminatedUnion('about', [workload, source]);

/** Optional members that are undefined are left out. */
export function entryText(value: LedgerEntry): string {
  return JSON.stringify(value);
}

/** Undefined: the text is no entry, or not the entry of this key. */
export function parseEntry(key: string, json: unknown): LedgerEntry | undefined {
  if (typeof json !== 'string' || json.length > MAX_ENTRY) return undefined;
  const parsed = entry.safeParse(jsonOf(json));
  if (!parsed.success) return undefined;
  const value = parsed.data as LedgerEntry;
  return keyOfEntry(value) === key ? value : undefined;
}

function jsonOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isTime(value: string): boolean {
  return Number.isFinite(Date.parse(value));
}
