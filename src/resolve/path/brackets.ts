/** Finds the end of bracketed and quoted parts of a path. Brackets of all kinds count alike, as in gjson. Pure. */

/** The offset after the string whose opening quotation mark is at `at`; the end of the text if it is not closed. */
export function afterString(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && text.charAt(end) !== '"') end += text.charAt(end) === '\\' ? 2 : 1;
  return Math.min(end + 1, text.length);
}

/** The offset after the bracketed part whose first character, of any kind, is at `at`; the end of the text if it is not closed. */
export function afterBrackets(text: string, at: number): number {
  let depth = 1;
  let end = at + 1;
  while (end < text.length) {
    const character = text.charAt(end);
    if (character === '"') {
      end = afterString(text, end);
      continue;
    }
    end += 1;
    if ('[{('.includes(character)) depth += 1;
    else if (']})'.includes(character)) depth -= 1;
    if (depth === 0) return end;
  }
  return text.length;
}

/** The offset after a string or a bracketed part. */
export function afterGroup(text: string, at: number): number {
  return text.charAt(at) === '"' ? afterString(text, at) : afterBrackets(text, at);
}

/** `left|right` at the first pipe that is not in a query; undefined without such a pipe. */
export function splitAtPipe(path: string): readonly [left: string, right: string] | undefined {
  if (!path.includes('|')) return undefined;
  if (path.startsWith('{')) {
    // A selection that begins with a quoted name is not split, as in gjson.
    const end = afterGroup(path, 1);
    return path.charAt(end) === '|' ? [path.slice(0, end), path.slice(end + 1)] : undefined;
  }
  let at = 0;
  while (at < path.length) {
    const character = path.charAt(at);
    if (character === '|') return [path.slice(0, at), path.slice(at + 1)];
    if (character === '\\') at += 2;
    else if (character === '.' && path.charAt(at + 1) === '#') at = afterSelector(path, at + 2);
    else at += 1;
  }
  return undefined;
}

/** The offset after the selector of `.#`: a query, in which only brackets of its own kind count, or one character, which can be a pipe. */
function afterSelector(path: string, at: number): number {
  const open = path.charAt(at);
  const close = open === '[' ? ']' : ')';
  if (open !== '[' && open !== '(') return at + 1;
  let depth = 1;
  let end = at + 1;
  while (end < path.length && depth > 0) {
    const character = path.charAt(end);
    if (character === '"') end = afterString(path, end);
    else end += character === '\\' ? 2 : 1;
    if (character === open) depth += 1;
    else if (character === close) depth -= 1;
  }
  return end;
}
