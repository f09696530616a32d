/** Metrics of the source engine: shared reads, cached values and delays. */
import { Counter, type Registry } from 'prom-client';
import { instrumentsOf } from './instruments.ts';

/** The figures of the engine, read at each scrape. */
export interface SourceCounts {
  /** References with subscribers, or read within the last minute or two. */
  readonly references: number;
  readonly cachedBytes: number;
  /** Bytes of values that reconciles hold or have reserved, and number of reconciles that wait for bytes or for the rate of their namespace. */
  readonly reconciles: { readonly bytes: number; readonly waiting: number };
  /** Due references that wait for a refresh: for the limit of refreshes, or for the rate of calls of their namespace. */
  readonly refreshesWaiting: number;
  /** Number of identities without the permission for batch calls. */
  readonly batchDenied: number;
  /** Number of identities, and of services in a region, that fail as a whole now. */
  readonly failing: { readonly identities: number; readonly services: number };
  /** References that are read less often because lists show them, and how often a list has shown a reference unchanged. */
  readonly listed: { readonly references: number; readonly unchanged: number };
  /** Number of direct reads of references, and of scans without a list by reason. Since the start. */
  readonly reads: { readonly batch: number; readonly single: number };
  readonly listsAvoided: { readonly denied: number; readonly tooLong: number; readonly dearer: number };
  /** Number of values that resources requested since the start, and of those that were read from AWS for it. */
  readonly valuesRequested: number;
  readonly valuesRead: number;
}

type Measure = (name: string, help: string, value: (now: SourceCounts) => number) => void;

/** `counts`: undefined while this process does not lead. */
export function createSourceMetrics(registry: Registry, counts: () => SourceCounts | undefined): void {
  const { gauge } = instrumentsOf(registry);
  const measured: Measure = (name, help, value) => {
    gauge(name, help, [], (made) => {
      const now = counts();
      made.set(now === undefined ? 0 : value(now));
    });
  };
  const counter = countersOf(registry, counts);
  const counted = (name: string, help: string, value: (now: SourceCounts) => number): void =>
    counter(name, help, [], (made, now) => made.inc(value(now)));
  measured('keytender_source_references', 'Distinct references that the engine tracks.', (now) => now.references);
  measured('keytender_source_cache_bytes', 'Bytes of values that are kept in memory.', (now) => now.cachedBytes);
  measureWaiting(measured);
  measured('keytender_source_batch_denied_identities', 'Identities that may not read in batches.', (now) => now.batchDenied);
  measured(
    'keytender_source_listed_references',
    'References that lists check. They are read only at their maximum age; the others are read in each interval.',
    (now) => now.listed.references,
  );
  counted(
    'keytender_source_listed_unchanged_total',
    'Times that a list showed a reference unchanged, instead of a read.',
    (now) => now.listed.unchanged,
  );
  countWays(counter);
  counted('keytender_source_values_requested_total', 'Values that ExternalSecrets requested.', (now) => now.valuesRequested);
  counted(
    'keytender_source_values_read_total',
    'Requested values that were read from AWS. The others came from memory or from a shared call.',
    (now) => now.valuesRead,
  );
  gauge('keytender_source_failing', 'Identities, and services of a region, that fail as a whole now.', ['scope'], (made) => {
    const { identities, services } = counts()?.failing ?? { identities: 0, services: 0 };
    made.set({ scope: 'identity' }, identities);
    made.set({ scope: 'service' }, services);
  });
}

/** The bytes of reconciles, and the number of reconciles that wait. */
function measureWaiting(measured: Measure): void {
  measured(
    'keytender_source_reconcile_bytes',
    'Bytes of values that reconciles of ExternalSecrets hold or have reserved.',
    (now) => now.reconciles.bytes,
  );
  measured(
    'keytender_source_reconciles_waiting',
    'Reconciles that wait for their read: for bytes, or for the rate of their namespace.',
    (now) => now.reconciles.waiting,
  );
  measured(
    'keytender_source_refreshes_waiting',
    'References that are due and wait for a refresh: for bytes, or for the rate of their namespace.',
    (now) => now.refreshesWaiting,
  );
}

type MakeCounter = <L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[],
  fill: (made: Counter<L>, now: SourceCounts) => void,
) => void;

/** Counters with values of the engine. */
function countersOf(registry: Registry, counts: () => SourceCounts | undefined): MakeCounter {
  return <L extends string>(name: string, help: string, labelNames: readonly L[], fill: (made: Counter<L>, now: SourceCounts) => void) => {
    const made: Counter<L> = new Counter<L>({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        const now = counts();
        made.reset();
        if (now !== undefined) fill(made, now);
      },
    });
  };
}

/** Counts the chosen way of change detection: a list or reads. */
function countWays(counter: MakeCounter): void {
  counter(
    'keytender_source_change_checks_total',
    'Checks of references by way: read in a batch, read by a single call, or shown unchanged by a list.',
    ['way'],
    (made, { reads, listed }) => {
      made.inc({ way: 'batch' }, reads.batch);
      made.inc({ way: 'single' }, reads.single);
      made.inc({ way: 'list' }, listed.unchanged);
    },
  );
  counter(
    'keytender_source_lists_avoided_total',
    'Lists that were not made, by reason: the identity may not list, the list has too many pages, or it would cost more than reads.',
    ['why'],
    (made, { listsAvoided: { denied, tooLong, dearer } }) => {
      made.inc({ why: 'denied' }, denied);
      made.inc({ why: 'too-long' }, tooLong);
      made.inc({ why: 'cost' }, dearer);
    },
  );
}
