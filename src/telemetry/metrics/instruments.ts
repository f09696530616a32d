/** Makes metrics in one registry. No metric is registered globally. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** A scrape waits for the result. */
type Collect<L extends string> = (gauge: Gauge<L>) => void | Promise<void>;

export interface Instruments {
  readonly counter: <L extends string>(name: string, help: string, labelNames: readonly L[]) => Counter<L>;
  /** `collect` is called at each scrape, before the value is read. */
  readonly gauge: <L extends string>(name: string, help: string, labelNames: readonly L[], collect?: Collect<L>) => Gauge<L>;
  /** `buckets` are in the unit of the name. */
  readonly histogram: <L extends string>(name: string, help: string, labelNames: readonly L[], buckets: readonly number[]) => Histogram<L>;
}

export function instrumentsOf(registry: Registry): Instruments {
  const registers = [registry];
  return {
    counter: (name, help, labelNames) => new Counter({ name, help, labelNames, registers }),
    gauge<L extends string>(name: string, help: string, labelNames: readonly L[], collect?: Collect<L>) {
      if (collect === undefined) return new Gauge({ name, help, labelNames, registers });
      const gauge: Gauge<L> = new Gauge({ name, help, labelNames, registers, collect: () => collect(gauge) });
      return gauge;
    },
    histogram: (name, help, labelNames, buckets) => new Histogram({ name, help, labelNames, buckets: [...buckets], registers }),
  };
}
