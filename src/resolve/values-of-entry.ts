/** One entry and the remote value it refers to -> keys and values. Pure. */
import { at, fail, type Outcome } from '../api/failure.ts';
import type { RemoteRef } from '../api/external-secret.ts';
import { ok } from '../base/result.ts';
import { SecretValue } from '../base/secret-value.ts';
import { decode } from './decode.ts';
import { propertyOf } from './json-property.ts';
import { isJsonObject, jsonText, parseJson, type JsonValue } from './json-value.ts';
import type { Entry } from './plan-references.ts';
import { secretKeyProblem, toSecretKey } from './secret-key.ts';

export type KeyedValues = ReadonlyMap<string, SecretValue>;

/** The keys that `entry` yields; failures name the entry and never quote the value. */
export function valuesOfEntry(entry: Entry, value: SecretValue): Outcome<KeyedValues> {
  const values = entry.secretKey === undefined ? extract(entry.remoteRef, value) : single(entry.secretKey, entry.remoteRef, value);
  return values.ok ? values : { ok: false, failure: at(entry.place, values.failure) };
}

function single(secretKey: string, remoteRef: RemoteRef, value: SecretValue): Outcome<KeyedValues> {
  const problem = secretKeyProblem(secretKey);
  if (problem !== undefined) return fail('InvalidSecretKey', `secretKey: ${problem}`);
  const part = partOf(remoteRef, value);
  if (!part.ok) return part;
  const decoded = decode(part.value, remoteRef.decodingStrategy ?? 'None');
  return decoded.ok ? ok(new Map([[secretKey, SecretValue.ofBytes(decoded.value)]])) : decoded;
}

/** The whole value as bytes, or the text of the property. */
function partOf(remoteRef: RemoteRef, value: SecretValue): Outcome<Buffer> {
  const bytes = value.reveal();
  if (remoteRef.property === undefined) return ok(bytes);
  const parsed = parseJson(bytes.toString('utf8'));
  if (!parsed.ok) return parsed;
  const property = propertyOf(parsed.value, remoteRef.property);
  if (!property.ok) return property;
  const text = jsonText(property.value);
  return text.ok ? ok(Buffer.from(text.value, 'utf8')) : text;
}

function extract(remoteRef: RemoteRef, value: SecretValue): Outcome<KeyedValues> {
  const whole = parseJson(value.reveal().toString('utf8'));
  if (!whole.ok) return whole;
  const part: Outcome<JsonValue> = remoteRef.property === undefined ? whole : propertyOf(whole.value, remoteRef.property);
  if (!part.ok) return part;
  if (!isJsonObject(part.value)) return fail('InvalidJSON', 'only a JSON object can be extracted');
  const values = new Map<string, SecretValue>();
  for (const [name, member] of Object.entries(part.value)) {
    const key = toSecretKey(name);
    const problem = secretKeyProblem(key);
    // The name of a property is part of the secret's content, so it's not quoted; its position must do.
    if (problem !== undefined) return fail('InvalidSecretKey', `property number ${values.size + 1}: as a key ${problem}`);
    if (values.has(key)) return fail('DuplicateSecretKey', `two properties give the key ${JSON.stringify(key)}`);
    const bytes = memberBytes(member, remoteRef);
    if (!bytes.ok) return { ok: false, failure: at(`key ${JSON.stringify(key)}`, bytes.failure) };
    values.set(key, SecretValue.ofBytes(bytes.value));
  }
  return ok(values);
}

function memberBytes(member: JsonValue, remoteRef: RemoteRef): Outcome<Buffer> {
  const text = jsonText(member);
  return text.ok ? decode(Buffer.from(text.value, 'utf8'), remoteRef.decodingStrategy ?? 'None') : text;
}
