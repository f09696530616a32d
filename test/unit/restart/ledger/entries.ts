/** Entries and ledgers for the tests of this folder and of foreign sources. */
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { TimeSlices } from '../../../../src/base/time/time-slices.ts';
import type { SourceEntry, WorkloadEntry } from '../../../../src/restart/ledger/entry.ts';
import { Ledger, type LedgerOptions } from '../../../../src/restart/ledger/ledger.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import type { MemoryApi } from '../../../support/fakes/memory-api.ts';

export const operatorNamespace = 'keytender-system';

export function workloadEntry(uid: string, more: Partial<WorkloadEntry> = {}): WorkloadEntry {
  return {
    about: 'workload',
    uid,
    kind: 'Deployment',
    namespace: 'team',
    name: `app-${uid}`,
    patchedAt: '2026-01-01T00:00:00.000Z',
    markers: { 'restart.keytender.dev/database': '2.k:abc' },
    generationBefore: 1,
    healthyBefore: true,
    removals: {},
    ...more,
  };
}

export function sourceEntry(name: string, more: Partial<SourceEntry> = {}): SourceEntry {
  return {
    about: 'source',
    kind: 'ConfigMap',
    namespace: 'team',
    name,
    uid: `uid-${name}`,
    resourceVersion: '1',
    sequence: 1,
    content: 'k:abc',
    changes: [],
    digestKey: 'k',
    hasAllKeys: false,
    digests: { color: 'd1' },
    marks: [],
    readAs: 'default',
    ...more,
  };
}

/** A process that leads: its ledger, and what it has said. */
export async function lead(api: MemoryApi, more: Partial<LedgerOptions> = {}) {
  const said: string[] = [];
  const stop = new AbortController();
  const ledger = new Ledger({
    client: api,
    namespace: operatorNamespace,
    slices: new TimeSlices(),
    clock: new FakeClock(),
    onProblem: (message) => void said.push(message),
    shards: 1,
    ...more,
  });
  await ledger.load(stop.signal);
  return { ledger, said, stop, signal: stop.signal };
}

export function dataOf(api: MemoryApi, part = 0): Record<string, string> {
  const found = api.find(builtin.configMap, operatorNamespace, `keytender-restarts-${part}`);
  return (found?.['data'] ?? {}) as Record<string, string>;
}
