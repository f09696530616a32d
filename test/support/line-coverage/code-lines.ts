// The lines of a TypeScript file that can run: without blank lines, comments, types, imports and lines with only brackets, which no test
// can reach.
import { stripTypeScriptTypes } from 'node:module';

/** Numbers from 1. Types are blanked in place, so the lines are those of the file. */
export function codeLines(text: string): Set<number> {
  const lines = blankComments(stripTypeScriptTypes(text, { mode: 'strip' })).split('\n');
  const code = lines.map((line, index) => [line.trim(), index + 1] as const).filter(([line]) => isCode(line));
  return new Set(code.map(([, number]) => number));
}

function isCode(line: string): boolean {
  return /[A-Za-z0-9_$]/.test(line) && !/^(import\b(?!\s*\()|\}?\s*from\b|export\s*(\{[^}]*\}|\*)\s*from\b|export\s*\{\s*\};?$)/.test(line);
}

const TOKENS = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g;

/** Comments become blanks; what looks like one inside quotes stays. */
function blankComments(text: string): string {
  return text.replaceAll(TOKENS, (token) => (/^\/[/*]/.test(token) ? token.replaceAll(/[^\n]/g, ' ') : token));
}
