/** remoteRef.property: one part of a JSON value by its path. Pure. */
import { fail, type Outcome } from '../api/failure.ts';
import { limits } from '../api/schema-parts.ts';
import { quote } from '../base/excerpt.ts';
import { ok } from '../base/result.ts';
import { JsonDocument } from './json/document.ts';
import { bytesOf } from './json/string.ts';
import { CostExceeded, type Cost, type RoundCost } from './path/cost.ts';
import { PathEvaluator } from './path/evaluate.ts';
import { kindOf, wholeOf, type Found, type PathValue } from './path/value.ts';

/** AWS gives 64 KiB at most; twice that is parsed within milliseconds. */
export const MAX_JSON_BYTES = 128 * 1024;

/** A JSON text of one or more documents, or why it is none. The text is not quoted. */
export function parseJson(bytes: Buffer): Outcome<JsonDocument> {
  if (bytes.byteLength > MAX_JSON_BYTES) return fail('InvalidJSON', `the value has more than ${MAX_JSON_BYTES} bytes`);
  const document = JsonDocument.parse(bytes.toString('latin1'));
  return document === undefined ? fail('InvalidJSON', 'the value is not valid JSON') : ok(document);
}

/** Several documents in one text are lines of JSON; only paths that begin with `..` have a use for them. */
export function parseOneJson(bytes: Buffer): Outcome<JsonDocument> {
  const parsed = parseJson(bytes);
  return parsed.ok && parsed.value.roots > 1 ? fail('InvalidJSON', 'the value is not valid JSON') : parsed;
}

/**
 * The part at `property`, a path of gjson. As in external-secrets.io, a member of the value whose name is the property, dots included, is
 * preferred over what the path leads to. Null counts as absent: an empty value written in its place would break what uses it.
 */
export function propertyOf(document: JsonDocument, property: string, round: RoundCost): Outcome<PathValue> {
  if (document.roots > 1 && !property.startsWith('..')) return fail('InvalidJSON', 'the value is not valid JSON');
  if (property.length > limits.property) return fail('InvalidSpec', `property has more than ${limits.property} characters`);
  try {
    const found = round.path((cost) => lookUp(document, bytesOf(property), cost));
    if (found === undefined) return fail('PropertyNotFound', `property ${shown(property)} is not in the value`);
    if (kindOf(found) === 'null') return fail('PropertyNotFound', `property ${shown(property)} is null`);
    return ok(found);
  } catch (error) {
    if (!(error instanceof CostExceeded)) throw error;
    return fail('CostLimitExceeded', `property ${shown(property)} takes too many steps on this value`);
  }
}

function lookUp(document: JsonDocument, path: string, cost: Cost): Found {
  const evaluation = new PathEvaluator(cost);
  const root = wholeOf(document);
  // Only where the property is one name with dots. Selections and modifiers lead somewhere with any dot escaped, though to nothing of use.
  const isName = path.includes('.') && !path.includes('|') && !/^[@!{[]/.test(path) && document.kind(0) === 'object';
  const named = isName ? evaluation.get(root, path.replaceAll('.', String.raw`\.`)) : undefined;
  return named ?? evaluation.get(root, path);
}

/** The path as its author wrote it, with a bound. */
function shown(property: string): string {
  return quote(property, 100);
}
