// Random changes, restarts of the operator and faults: no change of a value is lost, and none is counted twice.
import { describe, expect, it } from '@jest/globals';
import { array, assert, asyncProperty, constantFrom, record } from 'fast-check';
import type { Fault } from '../../../support/fakes/memory-api.ts';
import { operatorNamespace } from '../ledger/entries.ts';
import { all, colors, ForeignWorld } from './foreign-world.ts';

const step = record({
  does: constantFrom('edit', 'label', 'settle', 'restart', 'fault'),
  sky: constantFrom('blue', 'grey', 'red'),
  fault: constantFrom<Fault[]>('lost', 'unavailable', 'conflict'),
});

class Run {
  readonly world = new ForeignWorld();
  sky = 'blue';
  /** The value at the last time that everything had settled. */
  settledSky = 'blue';
  edits = 0;
  settledChanges = 0;
  #labels = 0;
  #led: Awaited<ReturnType<ForeignWorld['lead']>> | undefined;

  async start(): Promise<void> {
    this.world.put('colors', { sky: this.sky });
    await this.lead();
    await this.settle();
  }

  async lead(): Promise<void> {
    this.#led = await this.world.lead();
    this.#led.sources.declare('app', 'team', [all]);
  }

  put(): void {
    this.world.put('colors', { sky: this.sky }, { labels: { touched: String(this.#labels) } });
  }

  async does({ does, sky, fault }: { does: string; sky: string; fault: Fault }): Promise<void> {
    if (does === 'edit') {
      this.edits += this.sky === sky ? 0 : 1;
      this.sky = sky;
      this.put();
    }
    if (does === 'label') {
      this.#labels += 1;
      this.put();
    }
    if (does === 'settle') await this.settle();
    if (does === 'restart') {
      this.#led?.stop();
      await this.lead();
    }
    // The next write of the ledger fails once.
    if (does === 'fault') {
      let isLeft = true;
      this.world.fault = ({ verb, namespace }) => {
        if (!isLeft || verb === 'get' || namespace !== operatorNamespace) return undefined;
        isLeft = false;
        return fault;
      };
    }
  }

  async settle(): Promise<void> {
    await this.world.clock.advance(60_000);
    if (this.sky !== this.settledSky) this.settledChanges += 1;
    this.settledSky = this.sky;
  }

  get sequence(): number {
    const content = this.#led?.sources.contentOf('team', colors);
    return typeof content === 'object' ? content.sequence : Number.NaN;
  }
}

describe('a foreign source', () => {
  it('has at least one change for each settled one, and no more than were made', async () => {
    await assert(
      asyncProperty(array(step, { maxLength: 20 }), async (steps) => {
        const run = new Run();
        await run.start();
        for (const each of steps) await run.does(each);
        run.world.fault = () => undefined;
        await run.settle();
        expect(run.sequence - 1).toBeGreaterThanOrEqual(run.settledChanges);
        expect(run.sequence - 1).toBeLessThanOrEqual(run.edits);
        expect(run.world.defects).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
