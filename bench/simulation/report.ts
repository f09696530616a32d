// The simulated day as Markdown tables.
import { priority } from '../../src/base/priority.ts';
import { markdownTable } from '../markdown-table.ts';
import { type Bounds, dollarsOf, naiveDay } from './cost.ts';
import { CHANGES, type DayResult, NIGHTLY, OUTAGE, THROTTLING } from './day.ts';
import type { Fleet } from './fleet.ts';
import type { Quantiles } from '../statistics.ts';
import type { Counts } from './simulated-aws.ts';

const DAYS_OF_A_MONTH = 30;

export function reportDay(fleet: Fleet, result: DayResult): string {
  return [describe(fleet, result), callsTable(fleet, result), lagTable(result), engineTable(result)].join('\n\n');
}

function describe({ resources, secrets, identities }: Fleet, { references }: DayResult): string {
  const asked = new Map<number, number>();
  for (const { interval } of resources) asked.set(interval, (asked.get(interval) ?? 0) + 1);
  const mix = [...asked]
    .sort(([a], [b]) => a - b)
    .map(([interval, count]) => `${count.toLocaleString('en')} every ${interval / 60_000} min`);
  const missing = secrets.filter((secret) => secret.missing).length;
  const previous = secrets.filter(({ stage }) => stage === 'AWSPREVIOUS').length;
  return [
    `${whole(resources.length)} ExternalSecrets (${mix.join(', ')}) over ${whole(references)} references of ${identities.length + 1} identities`,
    `(one of them may not make batch calls; ${whole(previous)} references are to AWSPREVIOUS, ${whole(missing)} to secrets that do not exist).`,
    `${whole(CHANGES + NIGHTLY.changes)} changes, ${whole(NIGHTLY.changes)} of them within ${minutes(NIGHTLY)} min at 02:00; AWS cannot be reached for ${minutes(OUTAGE)} min at 10:00;`,
    `one account and region has ${THROTTLING.leftOver * 100} % of its quota for ${minutes(THROTTLING)} min at 14:00.`,
  ].join('\n');
}

function callsTable(fleet: Fleet, { fill, day, outage, recovery }: DayResult): string {
  const naive = naiveDay(fleet);
  const row = (title: string, counts: Counts): readonly string[] => {
    const { BatchGetSecretValue: batch, GetSecretValue: single } = counts;
    const refused = batch.throttled + single.throttled;
    return [
      title,
      whole(batch.calls),
      whole(single.calls),
      whole(batch.secrets + single.secrets),
      whole(refused),
      dollars(dollarsOf(counts)),
    ];
  };
  const { low, high } = dollarsOf(day);
  const rows = [
    row('every resource for the first time', fill),
    row('**the day**', day),
    row('of these, ten minutes without AWS', outage),
    row('of these, the ten minutes after', recovery),
    ['naive, computed: each resource by itself', '0', whole(naive.calls), whole(naive.calls), '–', dollars(naive.dollars)],
    ['a month like the day', '', '', '', '', dollars({ low: low * DAYS_OF_A_MONTH, high: high * DAYS_OF_A_MONTH })],
    ['a month, naive', '', '', '', '', dollars({ low: naive.dollars.low * DAYS_OF_A_MONTH, high: naive.dollars.high * DAYS_OF_A_MONTH })],
  ];
  return markdownTable(['', 'BatchGetSecretValue', 'GetSecretValue', 'values read', 'throttled', 'US dollars, low – high'], rows);
}

function lagTable({ lags, disturbedLags, unnoticed }: DayResult): string {
  const row = (title: string, { count, p50, p99, max }: Quantiles): readonly string[] => [
    title,
    whole(count),
    ...[p50, p99, max].map(seconds),
  ];
  const rows = [
    ...[...lags].map(([interval, quantiles]) => row(`refreshed every ${interval / 60_000} min`, quantiles)),
    row('those during the outage or the throttling', disturbedLags),
  ];
  const table = markdownTable(['from change to noticed', 'changes', 'p50, s', 'p99, s', 'max, s'], rows);
  return `${table}\n\nNever noticed: ${unnoticed}.`;
}

function engineTable({ heapBytes, references, fillSeconds, busiestSecond, woken, wokenByOutage }: DayResult): string {
  return markdownTable(
    ['engine', ''],
    [
      ['memory per reference, bytes', whole(heapBytes / references)],
      ['memory in all, MiB', (heapBytes / 2 ** 20).toFixed(1)],
      ['first look at all resources, simulated s', fillSeconds.toFixed(0)],
      ['most calls within a second, one account and region', whole(busiestSecond.usual)],
      ['the same after the outage', whole(busiestSecond.recovery)],
      ['resources woken because AWS has something new', whole(woken.get(priority.source) ?? 0)],
      ['resources woken because a failure began or ended', whole(woken.get(priority.retry) ?? 0)],
      ['of all these, by the outage', whole(wokenByOutage)],
    ],
  );
}

function whole(count: number): string {
  return Math.round(count).toLocaleString('en');
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(0);
}

function minutes({ from, until }: { readonly from: number; readonly until: number }): number {
  return (until - from) / 60_000;
}

function dollars({ low, high }: Bounds): string {
  return `${low.toFixed(2)} – ${high.toFixed(2)}`;
}
