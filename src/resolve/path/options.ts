/** The argument of a modifier as an object of options. Any other argument has no options. Pure. */
import { JsonDocument } from '../json/document.ts';
import { inside, kindOf, wholeOf, type PathValue } from './value.ts';

/** With duplicate names the last option counts. */
export function optionsOf(argument: string): ReadonlyMap<string, PathValue> {
  const document = JsonDocument.parse(argument);
  const options = new Map<string, PathValue>();
  if (document === undefined || kindOf(wholeOf(document)) !== 'object') return options;
  for (const name of document.names(0)) options.set(document.string(name), inside(document, name + 1));
  return options;
}
