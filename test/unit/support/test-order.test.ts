import { expect, it } from '@jest/globals';
import type { Test } from '@jest/reporters';
import { durationOf, recorded } from '../../support/test-order/durations.ts';
import LongestFirst from '../../support/test-order/longest-first.ts';

it('takes a cluster file that nobody has run for a long one', () => {
  const durations = { 'test/cluster/a.test.ts': 70, 'test/unit/b.test.ts': 12 };
  const files = ['test/cluster/a.test.ts', 'test/cluster/new.test.ts', 'test/unit/b.test.ts', 'test/unit/new.test.ts'];
  expect(files.map((file) => durationOf(file, durations))).toEqual([70, 20, 12, 1]);
});

it('records what was run, keeps what was not, and forgets what is gone', () => {
  const before = { 'test/cluster/gone.test.ts': 9, 'test/cluster/kept.test.ts': 8, 'test/unit/long.test.ts': 12 };
  const run = [
    ['test/unit/short.test.ts', 0.3],
    ['test/unit/long.test.ts', 4],
    ['test/cluster/short.test.ts', 2.6],
  ] as const;
  const after = recorded(before, run, (file) => !file.includes('gone'));
  expect(Object.entries(after)).toEqual([
    ['test/cluster/kept.test.ts', 8],
    ['test/cluster/short.test.ts', 3],
  ]);
});

it('begins with the longest files in a checkout that has run none', async () => {
  const rootDir = new URL('../../..', import.meta.url).pathname;
  const context = { config: { cache: false, id: 'new', rootDir }, hasteFS: { getSize: () => 1 } };
  const tests = ['test/unit/queue/work-queue.test.ts', 'test/cluster/readme.test.ts', 'test/cluster/faults/random-schedules.test.ts'];
  const sequencer = new LongestFirst({ contexts: [], globalConfig: {} } as unknown as ConstructorParameters<typeof LongestFirst>[0]);
  const sorted = await sequencer.sort(tests.map((file) => ({ path: `${rootDir}${file}`, context })) as unknown as Test[]);
  expect(sorted.map(({ path }) => path.slice(rootDir.length))[0]).toBe('test/cluster/faults/random-schedules.test.ts');
});
