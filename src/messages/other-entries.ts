/** Text that says how many entries failed besides the one of the message. Pure. */

/** Empty if there are none. Otherwise it begins with a space. */
export function otherEntries(count: number): string {
  if (count === 0) return '';
  return count === 1 ? ' (and 1 other entry)' : ` (and ${count} other entries)`;
}
