/** remoteRef.property: one part of a JSON value by its path. Pure. */
import { fail, type Outcome } from '../../failure/failure.ts';
import { limits } from '../../api/schema/schema-parts.ts';
import { quote } from '../../base/excerpt.ts';
import { ok } from '../../base/result.ts';
import { JsonDocument } from '../json/document.ts';
import { bytesOf } from '../json/string.ts';
import { CostExceeded, type Cost, type ReconcileCost } from '../path/cost.ts';
import { PathEvaluator } from '../path/evaluate.ts';
import { kindOf, wholeOf, type Found, type PathValue } from '../path/value.ts';

/** AWS returns at most 64 KiB. Twice that size is parsed within milliseconds. */
export const MAX_JSON_BYTES = 128 * 1024;

/** Parses a JSON text of one or more documents. The failure does not quote the text. */
export function parseJson(bytes: Buffer): Outcome<JsonDocument> {
  if (bytes.byteLength > MAX_JSON_BYTES) return fail('InvalidJSON', `the value has more than ${MAX_JSON_BYTES} bytes`);
  const document = JsonDocument.parse(bytes.toString('latin1'));
  return document === undefined ? fail('InvalidJSON', 'the value is not valid JSON') : ok(document);
}

/** A text of several documents is JSON lines; only paths that begin with `..` accept it. */
export function parseOneJson(bytes: Buffer): Outcome<JsonDocument> {
  const parsed = parseJson(bytes);
  return parsed.ok && parsed.value.roots > 1 ? fail('InvalidJSON', 'the value is not valid JSON') : parsed;
}

/**
 * The part at `property`, a path of gjson. As in external-secrets.io, a member whose name is the whole property, with its dots, comes
 * before the result of the path. Null counts as missing, because an empty value could break the consumer of the Secret.
 */
export function propertyOf(document: JsonDocument, property: string, reconcile: ReconcileCost): Outcome<PathValue> {
  if (document.roots > 1 && !property.startsWith('..')) return fail('InvalidJSON', 'the value is not valid JSON');
  if (property.length > limits.property) return fail('InvalidSpec', `property has more than ${limits.property} characters`);
  try {
    const found = reconcile.path((cost) => lookUp(document, bytesOf(property), cost));
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
  // Only if the property is one name with dots. For selections and modifiers, a path with escaped dots would have another meaning.
  const isName = path.includes('.') && !path.includes('|') && !/^[@!{[]/.test(path) && document.kind(0) === 'object';
  const named = isName ? evaluation.get(root, path.replaceAll('.', String.raw`\.`)) : undefined;
  return named ?? evaluation.get(root, path);
}

/** The path as in the specification, with a limited length. */
function shown(property: string): string {
  return quote(property, 100);
}
