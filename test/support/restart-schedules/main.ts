/**
 * Runs schedules of faults: `npm run restart-schedules -- FIRST LAST [mutant]`. Prints the first that fails, with its actions; a single number runs that schedule
 * again. Exit code 1 if one fails.
 */
import { scheduleOf } from './actions.ts';
import { mutants } from './mutants.ts';
import { type Outcome, runSchedule } from './run-schedule.ts';

const [first = 1, last = first] = process.argv.slice(2, 4).map(Number);
const name = process.argv[4];
const mutant = name === undefined ? undefined : mutants[name as keyof typeof mutants];
if (name !== undefined && mutant === undefined) throw new TypeError(`no mutant ${name}: ${Object.keys(mutants).join(', ')}`);

const started = performance.now();
const failed: number[] = [];
let [patches, changes] = [0, 0];
for (let seed = first; seed <= last; seed += 1) {
  const outcome = await runSchedule(scheduleOf(seed), { mutant, isTraced: process.env['KEYTENDER_TRACE'] === '1' });
  patches += outcome.patches;
  changes += outcome.changes;
  if (outcome.problems.length > 0) fail(seed, outcome);
}
const seconds = ((performance.now() - started) / 1_000).toFixed(0);
console.log(`${last - first + 1} schedules, ${failed.length} failed, ${changes} changes of Secrets, ${patches} restarts, ${seconds} s`);
if (failed.length > 0) console.log(`failed: ${failed.slice(0, 100).join(' ')}`);
process.exit(failed.length > 0 ? 1 : 0);

function fail(seed: number, { problems }: Outcome): void {
  failed.push(seed);
  console.log(`seed ${seed} fails: ${problems[0]?.slice(0, 160)}`);
  if (failed.length > 1) return;
  for (const problem of problems) console.log(`  ${problem}`);
  for (const { action, wait } of scheduleOf(seed).steps) console.log(`  ${JSON.stringify(action)} then ${wait} ms`);
}
