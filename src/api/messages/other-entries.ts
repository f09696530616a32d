/** For people: that more entries failed than the one that a message is about. Pure. */

/** '' where there are none; else with a space in front. */
export function otherEntries(count: number): string {
  if (count === 0) return '';
  return count === 1 ? ' (and 1 other entry)' : ` (and ${count} other entries)`;
}
