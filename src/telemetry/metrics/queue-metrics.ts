/** Metrics of work queues with the names of client-go, so that existing dashboards and alerts work. One label: the name of the queue. */
import type { Registry } from 'prom-client';
import { instrumentsOf } from './instruments.ts';

/** The figures of a queue, read at each scrape. */
export interface QueueProbe {
  /** Keys that are ready and wait. */
  depth(): number;
  /** Seconds that each key has been processed. */
  runningSeconds(): readonly number[];
}

/** The events of a queue. Durations in seconds. */
export interface QueueMetrics {
  added(): void;
  retried(): void;
  /** A key was taken after this wait. */
  waited(seconds: number): void;
  /** A key was processed in this time. */
  worked(seconds: number): void;
}

export interface QueueMetricsFactory {
  /** Metrics of one queue. `name` comes from the code, never from the cluster. */
  forQueue(name: string, probe: QueueProbe): QueueMetrics;
}

/**
 * The buckets of client-go (workqueue/metrics.go) range from 10 ns to 10 s. These start at the resolution of JavaScript's clock and end at
 * minutes.
 */
const SECONDS = [0.001, 0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 300];

export function createQueueMetrics(registry: Registry): QueueMetricsFactory {
  const probes = new Map<string, QueueProbe>();
  const { counter, gauge, histogram } = instrumentsOf(registry);
  const label = ['name'] as const;
  const probed = (name: string, help: string, value: (probe: QueueProbe) => number): void => {
    gauge(name, help, label, (made) => {
      for (const [queue, probe] of probes) made.set({ name: queue }, value(probe));
    });
  };
  probed('workqueue_depth', 'Current depth of workqueue.', (probe) => probe.depth());
  probed('workqueue_unfinished_work_seconds', 'Sum of the seconds that work in progress has taken so far.', (probe) =>
    probe.runningSeconds().reduce((sum, seconds) => sum + seconds, 0),
  );
  probed('workqueue_longest_running_processor_seconds', 'Seconds that the longest running work in progress has taken so far.', (probe) =>
    Math.max(0, ...probe.runningSeconds()),
  );
  const adds = counter('workqueue_adds_total', 'Total number of adds handled by workqueue.', label);
  const retries = counter('workqueue_retries_total', 'Total number of retries handled by workqueue.', label);
  const waits = histogram(
    'workqueue_queue_duration_seconds',
    'Seconds that an item stays in workqueue before being requested.',
    label,
    SECONDS,
  );
  const works = histogram('workqueue_work_duration_seconds', 'Seconds that processing an item from workqueue takes.', label, SECONDS);
  return {
    forQueue(name, probe) {
      probes.set(name, probe);
      const labels = { name };
      adds.inc(labels, 0);
      retries.inc(labels, 0);
      return {
        added: () => adds.inc(labels),
        retried: () => retries.inc(labels),
        waited: (seconds) => waits.observe(labels, seconds),
        worked: (seconds) => works.observe(labels, seconds),
      };
    },
  };
}
