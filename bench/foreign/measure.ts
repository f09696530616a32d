/**
 * What foreign sources cost, without a server: the memory for the names of 50,000 ConfigMaps of which one hundredth changes each second, the reads of those that
 * are consumed, and the longest step of the event loop, also for 2,000 workloads with 100 expressions over 5,000 names.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { ms, systemClock } from '../../src/base/time/clock.ts';
import { ok } from '../../src/base/result.ts';
import { TimeSlices } from '../../src/base/time/time-slices.ts';
import type { KubeResult } from '../../src/kube/port.ts';
import { ForeignSources } from '../../src/restart/foreign/foreign-sources.ts';
import { NameMatches } from '../../src/restart/foreign/name-matches.ts';
import { keyOfEntry, type LedgerEntry, type SourceEntry } from '../../src/restart/ledger/entry.ts';
import type { Ledger } from '../../src/restart/ledger/ledger.ts';
import { ObjectVersions } from '../../src/watch/object-versions.ts';
import { heapAfterCollection } from '../simulation/heap.ts';
import { SyntheticNames } from './synthetic-names.ts';

const CONSUMED = 100;
const SECONDS = 10;

function heap(): number {
  return heapAfterCollection() / 1024 / 1024;
}

/** A ledger that stores at once. */
function memoryLedger(): Pick<Ledger, 'source' | 'write'> {
  const entries = new Map<string, LedgerEntry>();
  return {
    source: (kind, namespace, name) =>
      entries.get(keyOfEntry({ about: 'source', kind, namespace, name } as SourceEntry)) as SourceEntry | undefined,
    write: (written) => {
      for (const entry of written) entries.set(keyOfEntry(entry), entry);
      return Promise.resolve(ok(undefined));
    },
  };
}

function fail(error: unknown): void {
  throw error;
}

function versionsOf(watcher: SyntheticNames, signal: AbortSignal): ObjectVersions {
  const failures = { onError: fail, onDefect: fail, onFailure: (): void => undefined };
  return new ObjectVersions({ watcher, clusterWide: true, clock: systemClock, signal, ...failures });
}

/** The longest iteration of the event loop in processor time of its thread, so that a busy machine does not count. Returns what ends the measurement. */
function loopSteps(): () => number {
  let [longest, isOver] = [0, false];
  let before = process.threadCpuUsage();
  const step = (): void => {
    const { user, system } = process.threadCpuUsage(before);
    longest = Math.max(longest, (user + system) / 1_000);
    before = process.threadCpuUsage();
    if (!isOver) setImmediate(step);
  };
  setImmediate(step);
  return () => {
    isOver = true;
    return Math.round(longest);
  };
}

async function manyNames(count: number): Promise<string> {
  const watcher = new SyntheticNames(Array.from({ length: count }, (_, n) => `config-of-some-application-${n}`));
  const { signal } = new AbortController();
  const before = heap();
  const versions = versionsOf(watcher, signal);
  const longest = loopSteps();
  const { names } = versions.followNames(
    { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
    'team',
    () => undefined,
  );
  let reads = 0;
  const get = (_type: unknown, { name }: { name: string }): Promise<KubeResult<never>> => {
    reads += 1;
    return Promise.resolve(ok({ ...watcher.object(watcher.indexOf(name)), data: { key: String(reads) } } as never));
  };
  const sources = new ForeignSources({
    versions,
    client: { get },
    ledger: memoryLedger(),
    digestKey: { id: 'k', bytes: new Uint8Array(32) },
    clock: systemClock,
    settle: ms(2_000),
    rules: { onCreate: false, onDelete: false },
    marks: { id: 'none', of: () => [] },
    onChange: () => undefined,
    onProblem: () => undefined,
    onDefect: fail,
    signal,
  });
  for (let n = 0; n < CONSUMED; n += 1)
    sources.declare(`w${n}`, 'team', [{ kind: 'ConfigMap', name: `config-of-some-application-${n}`, keys: 'all' }]);
  await wait(1_000);
  for (let second = 0; second < SECONDS; second += 1) {
    for (let n = 0; n < count / 100; n += 1) watcher.touch((second * (count / 100) + n) % count);
    await wait(1_000);
  }
  const delay = longest();
  await wait(3_000);
  return `${names.size} names, ${CONSUMED} consumed: ${Math.round(heap() - before)} MiB, ${reads} reads, longest step ${delay} ms`;
}

async function manyPatterns(workloads: number, perWorkload: number, names: number, distinct: boolean): Promise<string> {
  const watcher = new SyntheticNames(Array.from({ length: names }, (_, n) => `app-${n}`));
  const { signal } = new AbortController();
  const matches = new NameMatches({
    versions: versionsOf(watcher, signal),
    slices: new TimeSlices(),
    onChange: () => undefined,
    onDefect: fail,
    signal,
  });
  const longest = loopSteps();
  const started = performance.now();
  for (let n = 0; n < workloads; n += 1) {
    const patterns = Array.from({ length: perWorkload }, (_, each) => `app-${distinct ? n % 100 : ''}${each}[0-9]*`);
    matches.declare(`w${n}`, 'team', { Secret: [], ConfigMap: patterns });
    if (n % 5 === 0) await wait(0);
  }
  while (!matches.of(`w${workloads - 1}`).isComplete || !matches.of('w0').isComplete) await wait(100);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  const { hasMore } = matches.of(`w${workloads - 1}`);
  return `${workloads} workloads x ${perWorkload} expressions (${distinct ? 'many different' : 'the same'}) x ${names} names: ${seconds} s, longest step ${longest()} ms${hasMore ? ', not all are kept' : ''}`;
}

/** Prints one line for each measurement. */
export async function measureForeign(): Promise<void> {
  process.stdout.write(`${await manyNames(50_000)}\n`);
  process.stdout.write(`${await manyPatterns(2_000, 100, 5_000, false)}\n`);
  process.stdout.write(`${await manyPatterns(2_000, 100, 5_000, true)}\n`);
  process.exit(0);
}
