// Measures the steps of the demo: seconds, calls to AWS by operation, writes to Kubernetes by resource.
import { table } from './terminal.ts';

export type Counts = Readonly<Record<string, number>>;

export interface Meters {
  readonly awsCalls: () => Counts;
  readonly kubernetesWrites: () => Counts;
}

interface Entry {
  readonly what: string;
  readonly seconds: number;
  readonly awsCalls: Counts;
  readonly kubernetesWrites: Counts;
}

export class Ledger {
  readonly #meters: Meters;
  readonly #entries: Entry[] = [];

  constructor(meters: Meters) {
    this.#meters = meters;
  }

  /** Runs a step and writes down what it took. A step that fails is no entry. */
  async measure<T>(what: string, step: () => Promise<T>): Promise<T> {
    const [started, calls, writes] = [performance.now(), this.#meters.awsCalls(), this.#meters.kubernetesWrites()];
    const result = await step();
    this.#entries.push({
      what,
      seconds: (performance.now() - started) / 1000,
      awsCalls: difference(this.#meters.awsCalls(), calls),
      kubernetesWrites: difference(this.#meters.kubernetesWrites(), writes),
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
}

export function inWords(counts: Counts): string {
  const parts = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function difference(after: Counts, before: Counts): Counts {
  const grown = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(grown.filter(([, count]) => count > 0));
}
