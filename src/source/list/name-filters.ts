/** Name filters for ListSecrets: they match all names in use, and as few others as possible. Pure. */
import { MAX_FILTER_LENGTH, MAX_FILTER_VALUES } from '../../aws/list-limits.ts';

/** Prefixes, at most ten. An empty list if no prefixes match all names. */
export function nameFilters(names: Iterable<string>): readonly string[] {
  const sorted = [...new Set(names)].sort();
  const prefixes = groups(sorted).map(([first, last]) => first.slice(0, Math.min(sharedLength(first, last), MAX_FILTER_LENGTH)));
  return prefixes.includes('') ? [] : [...new Set(prefixes)];
}

/** First and last name of each group: the sorted names are split between neighbours with the shortest common prefixes. */
function groups(sorted: readonly string[]): readonly (readonly [string, string])[] {
  const gaps = sorted.slice(1).map((name, index) => ({ before: index + 1, shared: sharedLength(sorted[index] ?? '', name) }));
  const cuts = gaps
    .sort((a, b) => a.shared - b.shared || a.before - b.before)
    .slice(0, MAX_FILTER_VALUES - 1)
    .map(({ before }) => before)
    .sort((a, b) => a - b);
  return [0, ...cuts].flatMap((from, index) => {
    const group = sorted.slice(from, cuts[index]);
    const [first, last] = [group.at(0), group.at(-1)];
    return first === undefined || last === undefined ? [] : [[first, last] as const];
  });
}

function sharedLength(left: string, right: string): number {
  let length = 0;
  while (length < left.length && left[length] === right[length]) length += 1;
  return length;
}
