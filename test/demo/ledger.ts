// Measures the steps of the demo: seconds, calls to AWS by operation, writes to Kubernetes by resource.
import { table } from './terminal.ts';

export type Counts = Readonly<Record<string, number>>;

export interface Meters {
  readonly awsCalls: () => Counts;
  readonly kubernetesWrites: () => Counts;
}

interface Readings {
  readonly awsCalls: Counts;
  readonly kubernetesWrites: Counts;
}

interface Entry extends Readings {
  readonly what: string;
  readonly seconds: number;
}

export class Ledger {
  readonly #meters: Meters;
  readonly #entries: Entry[] = [];
  #readings: Readings;

  constructor(meters: Meters) {
    this.#meters = meters;
    this.#readings = this.#read();
  }

  /** Runs a step and writes down what it took. Counted is what happened since the step before, so that nothing falls between two. */
  async measure<T>(what: string, step: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await step();
    const seconds = (performance.now() - started) / 1000;
    const [before, after] = [this.#readings, this.#read()];
    this.#readings = after;
    this.#entries.push({
      what,
      seconds,
      awsCalls: difference(after.awsCalls, before.awsCalls),
      kubernetesWrites: difference(after.kubernetesWrites, before.kubernetesWrites),
    });
    return result;
  }

  /** The step measured last. */
  get last(): Entry {
    const entry = this.#entries.at(-1);
    if (entry === undefined) throw new Error('nothing was measured yet');
    return entry;
  }

  summary(): string {
    const rows = this.#entries.map((entry) => [
      entry.what,
      entry.seconds.toFixed(1),
      inWords(entry.awsCalls),
      inWords(entry.kubernetesWrites),
    ]);
    return table([['step', 'seconds', 'calls to AWS', 'writes to Kubernetes'], ...rows]);
  }

  #read(): Readings {
    return { awsCalls: this.#meters.awsCalls(), kubernetesWrites: this.#meters.kubernetesWrites() };
  }
}

export function inWords(counts: Counts): string {
  const parts = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function difference(after: Counts, before: Counts): Counts {
  const grown = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(grown.filter(([, count]) => count > 0));
}
