/** Generates docs/reference/reasons.md: the catalogue of condition reasons as a table. */
import { failureReasons, settledReasons, type ReasonEntry, type Retry } from '../api/reasons.ts';
import { textCell } from './table-cell.ts';

const RETRY_TEXT: Readonly<Record<Retry, string>> = {
  now: 'at once',
  backoff: 'with growing delays',
  change: 'when something that it depends on changes',
};

export function reasonReference(): string {
  return [
    '# Reasons of conditions',
    '',
    'Generated from `src/api/reasons.ts` by `npm run generate`. Reasons are only added: each keeps its name and its meaning, so alerts may match it.',
    '',
    '## Success and rest',
    '',
    '| Reason | Meaning |',
    '| --- | --- |',
    ...Object.entries(settledReasons).map(([name, { hint }]) => `| \`${name}\` | ${textCell(hint)} |`),
    '',
    '## Failures',
    '',
    'The Secret keeps its last values under every one of them.',
    '',
    '| Reason | Tried again | What to do |',
    '| --- | --- | --- |',
    ...Object.entries<ReasonEntry>(failureReasons).map(
      ([name, { retry, hint }]) => `| \`${name}\` | ${RETRY_TEXT[retry]} | ${textCell(hint)} |`,
    ),
    '',
  ].join('\n');
}
