// `npm run bench -- simulation [--resources N]`: simulates the engine for a day and prints tables. Without options the tables also go to
// README.md.
import { describeMachine } from '../machine.ts';
import { writePart } from '../readme.ts';
import { simulateDay } from './day.ts';
import { makeFleet } from './fleet.ts';
import { reportDay } from './report.ts';

const USUAL_RESOURCES = 100_000;

export async function simulate(resources?: number): Promise<string> {
  const started = performance.now();
  const fleet = makeFleet(resources ?? USUAL_RESOURCES);
  const result = await simulateDay(fleet);
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage();
  const took = `It took ${seconds.toFixed(0)} s (${((user + system) / 1e6).toFixed(0)} s of CPU) on ${describeMachine()}.`;
  const day = new Date().toISOString().slice(0, 10);
  const text = `Simulated on ${day} with \`npm run bench -- simulation\`. ${took}\n\n${reportDay(fleet, result)}\n`;
  if (resources === undefined) await writePart('simulation', text);
  return text;
}
