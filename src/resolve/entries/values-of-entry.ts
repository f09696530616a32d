/** Makes keys and values from one entry and its remote value. */
import { at, fail, type Outcome } from '../../failure/failure.ts';
import type { RemoteRef } from '../../api/schema/external-secret.ts';
import { ok } from '../../base/result.ts';
import { SecretValue } from '../../base/secret-value.ts';
import type { SlicedWork } from '../../base/time/time-slices.ts';
import { decode } from './decode.ts';
import { parseOneJson, propertyOf } from './json-property.ts';
import type { JsonDocument } from '../json/document.ts';
import { textOf } from '../json/string.ts';
import type { ReconcileCost } from '../path/cost.ts';
import { contentOf, inside } from '../path/value.ts';
import type { KeyedValues } from './entry-outcomes.ts';
import type { Entry } from './plan-references.ts';
import type { RemoteValue } from './remote-value.ts';
import { secretKeyProblem, toSecretKey } from './secret-key.ts';

/**
 * Steps for a member of an extracted object. More than its time, because each member is a value with its own memory, which the garbage
 * collector must visit. A reconcile makes at most 62,500.
 */
const STEPS_PER_MEMBER = 64;
/** Bytes of a whole value for one step. */
const BYTES_PER_STEP = 16;

/** Number of members between two checkpoints, about half a millisecond. */
const MEMBERS_PER_CHECKPOINT = 256;

export interface EntryBounds {
  readonly cost: ReconcileCost;
  readonly work: SlicedWork;
}

/** The keys and values of `entry`. Failures do not name the entry, and never quote the value or names in it. */
export async function valuesOfEntry(entry: Entry, value: RemoteValue, { cost, work }: EntryBounds): Promise<Outcome<KeyedValues>> {
  const { secretKey, remoteRef } = entry;
  return secretKey === undefined ? await extract(remoteRef, value, { cost, work }) : single(secretKey, remoteRef, value, cost);
}

function single(secretKey: string, remoteRef: RemoteRef, value: RemoteValue, cost: ReconcileCost): Outcome<KeyedValues> {
  const problem = secretKeyProblem(secretKey);
  if (problem !== undefined) return fail('InvalidSecretKey', `secretKey: ${problem}`);
  const part = partOf(remoteRef, value, cost);
  if (!part.ok) return part;
  if (!cost.spend(part.value.byteLength / BYTES_PER_STEP)) return tooMuch();
  const decoded = decode(part.value, remoteRef.decodingStrategy ?? 'None');
  return decoded.ok ? ok(new Map([[secretKey, SecretValue.ofBytes(decoded.value)]])) : decoded;
}

/** The bytes of the whole value or of the property. */
function partOf(remoteRef: RemoteRef, value: RemoteValue, cost: ReconcileCost): Outcome<Buffer> {
  if (remoteRef.property === undefined) return ok(value.bytes);
  const parsed = value.json();
  if (!parsed.ok) return parsed;
  const property = propertyOf(parsed.value, remoteRef.property, cost);
  return property.ok ? ok(Buffer.from(contentOf(property.value), 'latin1')) : property;
}

async function extract(remoteRef: RemoteRef, value: RemoteValue, bounds: EntryBounds): Promise<Outcome<KeyedValues>> {
  const document = objectOf(remoteRef, value, bounds.cost);
  if (!document.ok) return document;
  if (document.value.kind(0) !== 'object') return fail('InvalidJSON', 'only a JSON object can be extracted');
  return members(document.value, remoteRef, bounds);
}

/** A property can also be a string that contains the object as JSON, as in external-secrets.io. */
function objectOf(remoteRef: RemoteRef, value: RemoteValue, cost: ReconcileCost): Outcome<JsonDocument> {
  if (remoteRef.property === undefined) {
    const whole = value.json();
    return whole.ok && whole.value.roots > 1 ? fail('InvalidJSON', 'the value is not valid JSON') : whole;
  }
  const part = partOf(remoteRef, value, cost);
  return part.ok ? parseOneJson(part.value) : part;
}

/** The last member with a name counts, as in Go. Failures give its position, because names are secret. */
async function members(document: JsonDocument, remoteRef: RemoteRef, { cost, work }: EntryBounds): Promise<Outcome<KeyedValues>> {
  const values = new Map<string, SecretValue>();
  const names = new Map<string, string>();
  let position = 0;
  for (const place of document.names(0)) {
    position += 1;
    if (position % MEMBERS_PER_CHECKPOINT === 0) await work.checkpoint();
    if (!cost.spend(STEPS_PER_MEMBER)) return tooMuch();
    const name = textOf(document.string(place));
    const key = toSecretKey(name);
    const problem = secretKeyProblem(key);
    if (problem !== undefined) return fail('InvalidSecretKey', `property number ${position}: as a key ${problem}`);
    const taken = names.get(key);
    if (taken !== undefined && taken !== name)
      return fail('DuplicateSecretKey', `property number ${position}: an earlier property gives the same key`);
    const bytes = decode(Buffer.from(contentOf(inside(document, place + 1)), 'latin1'), remoteRef.decodingStrategy ?? 'None');
    if (!bytes.ok) return { ok: false, failure: at(`property number ${position}`, bytes.failure) };
    names.set(key, name);
    values.set(key, SecretValue.ofBytes(bytes.value));
  }
  return ok(values);
}

function tooMuch(): Outcome<never> {
  return fail('CostLimitExceeded', 'the entries take too many steps together');
}
