/** Adds a change to the changes of a source, within bounds. Pure. */
import type { ContentChange } from '../source/content.ts';

const MAX_CHANGES = 16;
/** Names of keys in all changes, and their characters: a name has up to 253. */
const MAX_KEY_NAMES = 200;
const MAX_CHARACTERS = 6_000;

/** Newest first. Beyond the bounds the list ends with a change that names no keys, so that any key may have changed then or before. */
export function withChange(before: readonly ContentChange[], change: ContentChange): readonly ContentChange[] {
  const all = [change, ...before];
  const kept: ContentChange[] = [];
  let [names, characters] = [0, 0];
  for (const { keys, ...rest } of all) {
    if (keys === undefined) return [...kept, rest];
    names += keys.length;
    characters += keys.reduce((sum, key) => sum + key.length, 0);
    const isLast = kept.length === MAX_CHANGES - 1 && all.length > MAX_CHANGES;
    if (isLast || names > MAX_KEY_NAMES || characters > MAX_CHARACTERS) return [...kept, rest];
    kept.push({ ...rest, keys });
  }
  return kept;
}
