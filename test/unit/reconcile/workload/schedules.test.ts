// Schedules of faults: no content is lost, no restart is repeated. `npm run restart-schedules -- 1 10000` runs more of them.
import { describe, expect, test } from '@jest/globals';
import { scheduleOf } from '../../../support/restart-schedules/actions.ts';
import { type Mutant, mutants } from '../../../support/restart-schedules/mutants.ts';
import { runSchedule } from '../../../support/restart-schedules/run-schedule.ts';

const SEEDS = 100;

/** Of each mutant: seeds at which it fails, found by `npm run restart-schedules -- 1 300 "<mutant>"`. */
const FOUND_BY: Readonly<Record<keyof typeof mutants, readonly [first: number, last: number]>> = {
  'without the age rule': [10, 14],
  'without the live read': [6, 9],
  'without the ledger': [45, 50],
  'without the sequence': [2, 3],
  'without the resourceVersion precondition': [115, 116],
};

async function firstFailing(
  first: number,
  last: number,
  mutant?: Mutant,
): Promise<{ seed: number; problems: readonly string[] } | undefined> {
  for (let seed = first; seed <= last; seed += 1) {
    const { problems } = await runSchedule(scheduleOf(seed), { mutant });
    if (problems.length > 0) return { seed, problems };
  }
  return undefined;
}

describe('schedules of faults', () => {
  test('in the end each pod has read the present content, and no workload was restarted more often than it had to be', async () => {
    expect(await firstFailing(1, SEEDS)).toBeUndefined();
  });

  test('the same seed gives the same schedule and the same end', async () => {
    expect(scheduleOf(7)).toEqual(scheduleOf(7));
    expect(await runSchedule(scheduleOf(7))).toEqual(await runSchedule(scheduleOf(7)));
  });

  test.each(Object.entries(mutants))('an engine %s is found', async (name, mutant) => {
    const [first, last] = FOUND_BY[name as keyof typeof mutants];
    expect(await firstFailing(first, last, mutant)).toBeDefined();
  });
});
