/** The argument of a modifier as an object of options; anything else has none. Pure. */
import { JsonDocument } from '../json/document.ts';
import { inside, kindOf, wholeOf, type PathValue } from './value.ts';

/** A later option of one name counts. */
export function optionsOf(argument: string): ReadonlyMap<string, PathValue> {
  const document = JsonDocument.parse(argument);
  const options = new Map<string, PathValue>();
  if (document === undefined || kindOf(wholeOf(document)) !== 'object') return options;
  for (const name of document.names(0)) options.set(document.string(name), inside(document, name + 1));
  return options;
}
