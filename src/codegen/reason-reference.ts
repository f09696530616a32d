/** Generates docs/reference/reasons.md: the catalogue of condition reasons as a table. */
import { keytender } from '../api/keytender-dialect.ts';
import { failureReasons, hintOf, stateReasons, type ReasonEntry, type Retry } from '../failure/reasons.ts';
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
    'Generated from `src/failure/reasons.ts` by `npm run generate`. Reasons are only added: each keeps its name and its meaning, so alerts may match it.',
    '',
    '## Success and rest',
    '',
    '| Reason | Meaning |',
    '| --- | --- |',
    ...Object.entries(stateReasons).map(([name, entry]) => `| \`${name}\` | ${textCell(hintOf(entry, keytender.annotations))} |`),
    '',
    '## Failures',
    '',
    'The Secret keeps its last values under every one of them.',
    '',
    '| Reason | Tried again | What to do |',
    '| --- | --- | --- |',
    ...Object.entries<ReasonEntry>(failureReasons).map(
      ([name, entry]) => `| \`${name}\` | ${RETRY_TEXT[entry.retry]} | ${textCell(hintOf(entry, keytender.annotations))} |`,
    ),
    '',
  ].join('\n');
}
