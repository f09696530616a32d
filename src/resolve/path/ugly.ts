/** JSON without white space between its tokens. Pure. */
import { afterString } from './brackets.ts';
import type { Cost } from './cost.ts';

export function ugly(text: string, cost: Cost): string {
  cost.spendText(text.length);
  const pieces: string[] = [];
  let from = 0;
  let at = 0;
  while (at < text.length) {
    if (text.charAt(at) === '"') at = afterString(text, at);
    else if (text.charCodeAt(at) > 0x20) at += 1;
    else {
      pieces.push(text.slice(from, at));
      while (text.charCodeAt(at) <= 0x20) at += 1;
      from = at;
    }
  }
  pieces.push(text.slice(from));
  return pieces.join('');
}
