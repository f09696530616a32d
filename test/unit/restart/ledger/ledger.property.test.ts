// Random writes of two leaders under random faults: nothing that was acknowledged is lost, and a count never goes back.
import { describe, expect, it } from '@jest/globals';
import { array, assert, asyncProperty, boolean, constantFrom, integer, record } from 'fast-check';
import type { Ledger } from '../../../../src/restart/ledger/ledger.ts';
import { type Fault, MemoryApi } from '../../../support/fakes/memory-api.ts';
import { lead, sourceEntry, workloadEntry } from './entries.ts';

type Led = Awaited<ReturnType<typeof lead>>;

const faults: readonly (Fault | undefined)[] = [
  undefined,
  undefined,
  undefined,
  'lost',
  'conflict',
  'unavailable',
  'crash-before',
  'crash-after',
];
const step = record({
  leader: integer({ min: 0, max: 1 }),
  workload: integer({ min: 0, max: 3 }),
  faults: array(constantFrom(...faults), { maxLength: 4 }),
  restart: boolean(),
});

class Model {
  readonly api = new MemoryApi();
  readonly leaders: (Led | undefined)[] = [];
  /** The last acknowledged time by workload, and the last acknowledged sequence of the source. */
  readonly stored = new Map<string, number>();
  sequence = 0;
  #now = 0;

  async leaderOf(index: number): Promise<Led> {
    this.api.fault = () => undefined;
    return (this.leaders[index] ??= await lead(this.api));
  }

  async write(index: number, uid: string, queue: (Fault | undefined)[]): Promise<void> {
    const { ledger, signal } = await this.leaderOf(index);
    this.#now += 1;
    const at = this.#now;
    const sequence = (ledger.source('ConfigMap', 'team', 'colors')?.sequence ?? 0) + 1;
    const patchedAt = new Date(at * 1_000).toISOString();
    this.api.fault = () => queue.shift();
    try {
      const written = await ledger.write([workloadEntry(uid, { patchedAt }), sourceEntry('colors', { sequence })], signal);
      if (!written.ok) return;
      this.stored.set(uid, at);
      this.sequence = Math.max(this.sequence, sequence);
    } catch {
      this.leaders[index] = undefined;
    }
  }

  check(ledger: Ledger): void {
    for (const [uid, at] of this.stored) expect(Date.parse(ledger.workload(uid)?.patchedAt ?? '') / 1_000).toBeGreaterThanOrEqual(at);
    expect(ledger.source('ConfigMap', 'team', 'colors')?.sequence ?? 0).toBeGreaterThanOrEqual(this.sequence);
  }
}

describe('the ledger', () => {
  it('loses no acknowledged entry, whatever fails and whoever else writes', async () => {
    await assert(
      asyncProperty(array(step, { maxLength: 25 }), async (steps) => {
        const model = new Model();
        for (const { leader, workload, faults: queue, restart } of steps) {
          if (restart) model.leaders[leader] = undefined;
          await model.write(leader, `w${workload}`, [...queue]);
        }
        model.api.fault = () => undefined;
        model.check((await lead(model.api)).ledger);
      }),
      { numRuns: 200 },
    );
  });
});
