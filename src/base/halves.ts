/** Finds out which of many items make a call for all of them fail: the call is made again with halves. */

export type NonEmpty<T> = readonly [T, ...T[]];

/**
 * Makes `call` with all items. Where `mayHalve` says so of a result, the call is made again with the first half of its items, then with the second one, down to
 * single items. Returns the results that were not halved, in the order of the items. `call` may keep what it learns, and answer later parts without a request.
 */
export async function inHalves<T, R>(
  items: NonEmpty<T>,
  call: (part: NonEmpty<T>) => Promise<R>,
  mayHalve: (result: R) => boolean,
): Promise<readonly R[]> {
  const result = await call(items);
  if (items.length === 1 || !mayHalve(result)) return [result];
  const middle = Math.ceil(items.length / 2);
  const results: R[] = [];
  for (const half of [items.slice(0, middle), items.slice(middle)])
    if (isNonEmpty(half)) results.push(...(await inHalves(half, call, mayHalve)));
  return results;
}

function isNonEmpty<T>(items: readonly T[]): items is NonEmpty<T> {
  return items.length > 0;
}
