/** Metrics of the calls to AWS. Labels come from the code, from the catalogue of reasons, and from a limited number of identities. */
import type { Registry } from 'prom-client';
import { OwnedLabels } from './owned-labels.ts';
import { instrumentsOf } from './instruments.ts';

/** One finished call of the SDK. */
export interface ObservedAwsCall {
  readonly service: string;
  readonly operation: string;
  /** Label of the identity, without any part of a credential. */
  readonly identity: string;
  /** Namespace of the store. '' for cluster-scoped stores and for the operator itself. */
  readonly owner: string;
  /** Number of requested values. */
  readonly secrets: number;
  /** 'ok', 'aborted', or the reason of the failure. */
  readonly result: string;
  readonly seconds: number;
  /** Number of HTTP requests. Those after the first are retries of the SDK. */
  readonly attempts: number;
}

/** Called at each scrape: US dollars per month, by identity. */
export interface CostProbe {
  estimates(): Iterable<{ readonly identity: string; readonly owner: string; readonly low: number; readonly high: number }>;
}

export interface AwsMetrics {
  readonly observe: (call: ObservedAwsCall) => void;
}

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const IDENTITIES = { installation: 15, perOwner: 3, owned: 20 };

export function createAwsMetrics(registry: Registry, costs: CostProbe): AwsMetrics {
  const { counter, histogram } = instrumentsOf(registry);
  const identities = new OwnedLabels(IDENTITIES);
  const labels = ['service', 'operation'] as const;
  const calls = counter('keytender_aws_api_calls_total', 'Calls to AWS by result: ok, aborted or the reason of the failure.', [
    ...labels,
    'identity',
    'result',
  ]);
  const durations = histogram(
    'keytender_aws_api_call_duration_seconds',
    'How long calls to AWS took, with their retries.',
    labels,
    SECONDS,
  );
  const retries = counter('keytender_aws_retries_total', 'Requests that the SDK repeated by itself.', labels);
  const values = counter('keytender_aws_values_read_total', 'Values that calls asked for; AWS decrypts each of them with KMS.', [
    'service',
  ]);
  estimateCosts(registry, costs, identities);
  return {
    observe({ service, operation, identity, owner, secrets, result, seconds, attempts }) {
      calls.inc({ service, operation, identity: identities.of(identity, owner), result });
      durations.observe({ service, operation }, seconds);
      retries.inc({ service, operation }, Math.max(attempts - 1, 0));
      if (result === 'ok' && secrets > 0) values.inc({ service }, secrets);
    },
  };
}

function estimateCosts(registry: Registry, costs: CostProbe, identities: OwnedLabels): void {
  const help = 'What a month of calls like those of the last hour would cost, at list price. AWS does not say how batches are billed.';
  instrumentsOf(registry).gauge('keytender_aws_estimated_monthly_cost_dollars', help, ['identity', 'bound'], (made) => {
    made.reset();
    for (const { identity, owner, low, high } of costs.estimates()) {
      const label = identities.of(identity, owner);
      made.inc({ identity: label, bound: 'low' }, low);
      made.inc({ identity: label, bound: 'high' }, high);
    }
  });
}
