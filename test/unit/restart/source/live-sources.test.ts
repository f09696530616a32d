import { expect, it } from '@jest/globals';
import type { SourceContent, SourceName } from '../../../../src/restart/source/content.ts';
import { LiveSources } from '../../../../src/restart/source/live-sources.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const source: SourceName = { kind: 'Secret', name: 'db' };
const { signal } = new AbortController();
const contentAt = (sequence: number): SourceContent => ({ sequence, content: `k:${sequence}`, changes: [] });

function world() {
  const clock = new FakeClock();
  let [present, reads] = [contentAt(1), 0];
  const sources = new LiveSources({
    clock,
    read: async () => {
      reads += 1;
      return { ok: true, value: present };
    },
  });
  return {
    clock,
    change: (sequence: number) => void (present = contentAt(sequence)),
    reads: () => reads,
    ask: async (cached: number, marker?: string) => {
      const planned = { cached: contentAt(cached), ...(marker === undefined ? {} : { marker }) };
      const result = await sources.confirm('shop', source, planned, signal);
      return result.ok ? result.value?.sequence : undefined;
    },
  };
}

it('reads once for all workloads that are restarted for a content', async () => {
  const { ask, reads } = world();
  expect(await Promise.all([ask(1), ask(1), ask(1)])).toEqual([1, 1, 1]);
  expect(reads()).toBe(1);
});

it('believes no answer from before a newer marker was seen: a leader with a frozen watch would take the marker back', async () => {
  const { ask, change, reads } = world();
  await ask(1);
  change(2);
  expect(await ask(1, '2.k:2')).toBe(2);
  expect(await ask(1, '2.k:2')).toBe(2);
  expect(reads()).toBe(2);
  change(3);
  expect(await ask(1, '3.k:3')).toBe(3);
  // For a workload without such a marker the newest answer is good.
  expect(await ask(1)).toBe(3);
  expect(reads()).toBe(3);
});
