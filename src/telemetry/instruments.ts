/** Short ways to make metrics in one registry; nothing is ever registered globally. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface Instruments {
  readonly counter: <L extends string>(name: string, help: string, labelNames: readonly L[]) => Counter<L>;
  /** `collect` is called at each scrape, before the value is read. */
  readonly gauge: <L extends string>(name: string, help: string, labelNames: readonly L[], collect?: (gauge: Gauge<L>) => void) => Gauge<L>;
  /** `buckets` in the unit that the name ends with. */
  readonly histogram: <L extends string>(name: string, help: string, labelNames: readonly L[], buckets: readonly number[]) => Histogram<L>;
}

export function instrumentsOf(registry: Registry): Instruments {
  const registers = [registry];
  return {
    counter: (name, help, labelNames) => new Counter({ name, help, labelNames, registers }),
    gauge<L extends string>(name: string, help: string, labelNames: readonly L[], collect?: (gauge: Gauge<L>) => void) {
      if (collect === undefined) return new Gauge({ name, help, labelNames, registers });
      const gauge: Gauge<L> = new Gauge({ name, help, labelNames, registers, collect: (): void => collect(gauge) });
      return gauge;
    },
    histogram: (name, help, labelNames, buckets) => new Histogram({ name, help, labelNames, buckets: [...buckets], registers }),
  };
}
