// The measured repetitions as Markdown tables, one for each phase.
import { markdownTable } from '../markdown-table.ts';
import { type Quantiles, spreadOf } from '../statistics.ts';
import type { Repetition } from './repetition.ts';
import { allRows, type Measured, type Row, row } from './rows.ts';
import { ADDED } from './scenarios.ts';

type QuantilesOf = (repetition: Repetition) => Quantiles | undefined;

interface Section {
  readonly title: string;
  readonly text: string;
  readonly measured: (repetition: Repetition) => unknown;
  readonly rows: (measured: readonly Measured[]) => readonly Row[];
}

const sections: readonly Section[] = [
  {
    title: 'Cold start',
    text: 'The ExternalSecrets are there, no Secret is, and the operator is started.',
    measured: ({ cold }) => cold,
    rows: coldRows,
  },
  {
    title: 'Restart with everything in place',
    text: `${ADDED} more ExternalSecrets than in the title; nothing has changed.`,
    measured: ({ restart }) => restart,
    rows: (measured) => [
      row(measured, 'ready (/readyz), s', ({ restart }) => restart.readySeconds, 2),
      row(measured, '**idle, s from the start of the process**', ({ restart }) => restart.idleSeconds, 2),
      ...allRows(measured, ({ restart }) => restart),
      memoryRow(measured),
    ],
  },
  {
    title: 'Steady state, one refresh interval',
    text: `${ADDED} more ExternalSecrets and secrets than in the title; nothing changes.`,
    measured: ({ steady }) => steady,
    rows: (measured) => [
      intervalRow(measured),
      row(measured, 'CPU, % of a core', ({ steady }, { intervalSeconds }) => steady && (100 * steady.cpuSeconds) / intervalSeconds, 1),
      ...allRows(measured, ({ steady }) => steady),
    ],
  },
  {
    title: 'Single changes',
    text: 'Forty secrets change, one after the other over one refresh interval. From the change in AWS to the write of the Secret.',
    measured: ({ oneChange }) => oneChange,
    rows: (measured) => [
      intervalRow(measured),
      ...quantileRows(measured, ({ oneChange }) => oneChange?.lags),
      ...allRows(measured, ({ oneChange }) => oneChange),
    ],
  },
  {
    title: 'All values change at once',
    text: 'From the change of a secret in AWS to the write of each Secret that gets it.',
    measured: ({ allChanges }) => allChanges,
    rows: (measured) => [
      intervalRow(measured),
      row(measured, 'from the first change in AWS to the last, s', ({ allChanges }) => allChanges?.changingSeconds, 1),
      ...quantileRows(measured, ({ allChanges }) => allChanges?.lags),
      ...allRows(measured, ({ allChanges }) => allChanges),
    ],
  },
  {
    title: 'AWS cannot be reached',
    text: 'Every call is answered with HTTP 503; ten secrets change before that ends. Calls include the tries of the SDK.',
    measured: ({ outage }) => outage,
    rows: (measured) => [
      intervalRow(measured),
      row(measured, 'duration, s', ({ outage }) => outage?.seconds),
      ...allRows(measured, ({ outage }) => outage?.during),
    ],
  },
  {
    title: 'AWS can be reached again',
    text: 'From the end of the outage until the last secret that changed in it was written and the API server was asked no more.',
    measured: ({ outage }) => outage,
    rows: (measured) => [
      row(measured, '**the last change of the outage is written, s**', ({ outage }) => outage?.recoverySeconds, 1),
      ...allRows(measured, ({ outage }) => outage?.after),
    ],
  },
  {
    title: 'New resources under load',
    text: 'All ExternalSecrets are told to refresh at once (force-sync); meanwhile ten new ones are created, one after the other.',
    measured: ({ load }) => load,
    rows: (measured) => [
      row(measured, 'resources waiting when the first was created', ({ load }) => load?.waiting.before),
      row(measured, 'resources waiting when the last was Ready', ({ load }) => load?.waiting.after),
      row(measured, 'from POST to Ready, s, p50', ({ load }) => load?.newcomers.p50, 2),
      row(measured, '**from POST to Ready, s, max**', ({ load }) => load?.newcomers.max, 2),
      ...allRows(measured, ({ load }) => load),
    ],
  },
  {
    title: 'Scrapes of /metrics',
    text: 'A hundred scrapes one after the other; then a hundred clients that scrape all the time while five ExternalSecrets are created, one after the other.',
    measured: ({ scrapes }) => scrapes,
    rows: (measured) => [
      row(measured, '**CPU of a scrape, ms**', ({ scrapes }) => scrapes?.milliseconds, 1),
      row(measured, 'from POST to Ready, s, p50', ({ scrapes }) => scrapes?.newcomers.p50, 2),
      row(measured, '**from POST to Ready, s, max**', ({ scrapes }) => scrapes?.newcomers.max, 2),
      row(measured, 'longest delay of the event loop, ms', ({ scrapes }) => scrapes?.delayMs, 0),
    ],
  },
  {
    title: 'The naive loop: every resource for the first time',
    text: 'Not the operator: a bare loop that reads for each resource by itself and writes every status after each read (see above).',
    measured: ({ naive }) => naive,
    rows: (measured) => [
      row(measured, 'all written, s from the start of the process', ({ naive }) => naive?.firstPassSeconds, 2),
      ...allRows(measured, ({ naive }) => naive?.firstPass),
    ],
  },
  {
    title: 'The naive loop: one refresh interval in which nothing changes',
    text: 'To be compared with the steady state above.',
    measured: ({ naive }) => naive,
    rows: (measured) => [intervalRow(measured), ...allRows(measured, ({ naive }) => naive?.steady)],
  },
];

function coldRows(measured: readonly Measured[]): readonly Row[] {
  const objects = ['create secrets', 'patch externalsecrets/status'];
  const afterReady = ({ cold }: Repetition): number => cold.allReadySeconds - cold.readySeconds;
  return [
    row(measured, 'ready (/readyz), s from the start of the process', ({ cold }) => cold.readySeconds, 2),
    row(measured, '**all Ready, s from the start of the process**', ({ cold }) => cold.allReadySeconds, 2),
    row(measured, 'floor, s', ({ floorSeconds }) => floorSeconds, 2),
    row(
      measured,
      'all Ready after ready, as a multiple of the floor',
      (one) => (one.floorSeconds === undefined ? undefined : afterReady(one) / one.floorSeconds),
      2,
    ),
    row(measured, `${ADDED} more, s from their first POST until all Ready`, ({ cold }) => cold.addedSeconds, 2),
    ...allRows(measured, ({ cold }) => cold),
    row(
      measured,
      '**Secret and status writes per resource**',
      ({ cold: { api } }, { resources }) =>
        resources === 0 ? undefined : objects.reduce((total, kind) => total + (api.writes[kind] ?? 0), 0) / resources,
      2,
    ),
    row(measured, '/metrics, kB', ({ cold }) => cold.metricsBytes / 1_000),
  ];
}

/** Each scenario has as many more resources than its title says, and so has that with none. */
function memoryRow(measured: readonly Measured[]): Row {
  const none = measured.find(({ scenario }) => scenario.resources === 0)?.repetitions;
  const idle = none && spreadOf(none.map(({ restart }) => restart.residentMiB)).median;
  return row(
    measured,
    'memory at the end beyond that of none, KiB a resource',
    ({ restart }, { resources }) =>
      idle === undefined || resources === 0 ? undefined : ((restart.residentMiB - idle) * 1_024) / resources,
    1,
  );
}

function intervalRow(measured: readonly Measured[]): Row {
  return row(measured, 'refresh interval, s', (_, { intervalSeconds }) => intervalSeconds);
}

function quantileRows(measured: readonly Measured[], quantilesOf: QuantilesOf): readonly Row[] {
  const quantile = (title: string, figure: (quantiles: Quantiles) => number): Row =>
    row(
      measured,
      title,
      (repetition) => {
        const quantiles = quantilesOf(repetition);
        return quantiles && figure(quantiles);
      },
      1,
    );
  return [
    quantile('Secrets written', ({ count }) => count),
    quantile('p50, s', ({ p50 }) => p50),
    quantile('**p99, s**', ({ p99 }) => p99),
    quantile('max, s', ({ max }) => max),
  ];
}

/** What was not measured is left out. */
export function report(measured: readonly Measured[]): string {
  const parts = sections.flatMap((section) => {
    const columns = measured.filter(({ repetitions }) => repetitions.some((repetition) => section.measured(repetition) !== undefined));
    if (columns.length === 0) return [];
    const table = markdownTable(['', ...columns.map(({ scenario }) => scenario.title)], section.rows(columns));
    return [`### ${section.title}\n\n${section.text}\n\n${table}`];
  });
  return parts.join('\n\n');
}
