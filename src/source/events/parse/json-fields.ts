/** Fields of JSON from an untrusted sender: own properties of the expected type and of limited length, or undefined. Never throws. */

export type JsonRecord = Readonly<Record<string, unknown>>;

/** Longer than any name, ARN or id of AWS. */
const MAX_TEXT_LENGTH = 2_048;
/** Maximum length of a list in these events: DeleteParameters takes ten names. */
const MAX_LIST_LENGTH = 10;

/** The object in a JSON text. Undefined for any other text. */
export function parseRecord(text: string): JsonRecord | undefined {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function asRecord(value: unknown): JsonRecord | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : undefined;
}

export function fieldOf(record: JsonRecord | undefined, name: string): unknown {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

export function recordIn(record: JsonRecord | undefined, name: string): JsonRecord | undefined {
  return asRecord(fieldOf(record, name));
}

/** Also undefined for an empty text. */
export function textIn(record: JsonRecord | undefined, name: string): string | undefined {
  return asText(fieldOf(record, name));
}

/** Only the texts in the list; undefined if the field is not a list. */
export function textsIn(record: JsonRecord | undefined, name: string): readonly string[] | undefined {
  const list = fieldOf(record, name);
  return Array.isArray(list) ? list.slice(0, MAX_LIST_LENGTH).flatMap((item) => asText(item) ?? []) : undefined;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_LENGTH ? value : undefined;
}
