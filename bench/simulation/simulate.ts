// `npm run bench -- simulation [--resources N]`: the engine alone, for a simulated day; prints tables, writes no file.
import { simulateDay } from './day.ts';
import { makeFleet } from './fleet.ts';
import { reportDay } from './report.ts';

export async function simulate(resources: number): Promise<string> {
  const started = performance.now();
  const fleet = makeFleet(resources);
  const result = await simulateDay(fleet);
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage();
  const took = `The simulation took ${seconds.toFixed(0)} s (${((user + system) / 1e6).toFixed(0)} s of CPU).`;
  return `${reportDay(fleet, result)}\n\n${took}\n`;
}
