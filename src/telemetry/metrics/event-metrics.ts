/** Metrics of change events. */
import type { Registry } from 'prom-client';
import { instrumentsOf } from './instruments.ts';

export interface EventMetrics {
  /** The result of one message. */
  readonly ended: (result: string) => void;
  /** Seconds from the time of an event until all its resources have been reconciled. */
  readonly lag: (seconds: number) => void;
  /** A read found a change without an event. */
  readonly missed: () => void;
  /** Whether the queue is read; undefined without a queue. */
  readonly receiving: (receiving: boolean | undefined) => void;
}

const SECONDS = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3_600, 14_400];

/** Called at each scrape. */
export interface EventGauges {
  /** Number of messages that were received and not deleted. */
  readonly inFlight: number;
  /** Queues of SecretStores: number of readable and of failing queues. */
  readonly namespacedQueues: { readonly up: number; readonly down: number };
}

export function createEventMetrics(registry: Registry, gauges: () => EventGauges): EventMetrics {
  const { counter, gauge, histogram } = instrumentsOf(registry);
  const messages = counter(
    'keytender_events_total',
    'Messages of the queue of change events by result: shown, not-shown, failed, superseded, unaffected, foreign, poison, unfinished or error.',
    ['result'],
  );
  const lags = histogram('keytender_event_lag_seconds', 'Time from a change in AWS until all ExternalSecrets have it.', [], SECONDS);
  const missed = counter('keytender_events_missed_total', 'Changes that a read found without an event.', []);
  const queue = gauge('keytender_event_queue_up', 'Whether the queue of change events is being read; absent without a queue.', ['queue']);
  gauge('keytender_events_in_flight', 'Messages that were received and not deleted yet.', [], (made) => made.set(gauges().inFlight));
  gauge('keytender_event_namespaced_queues', 'Queues of change events that SecretStores name, by state: up or down.', ['state'], (made) => {
    const { up, down } = gauges().namespacedQueues;
    made.set({ state: 'up' }, up);
    made.set({ state: 'down' }, down);
  });
  return {
    ended: (result) => messages.inc({ result }),
    lag: (seconds) => lags.observe(seconds),
    missed: () => missed.inc(),
    receiving(receiving) {
      queue.reset();
      if (receiving !== undefined) queue.set({ queue: 'sqs' }, receiving ? 1 : 0);
    },
  };
}
