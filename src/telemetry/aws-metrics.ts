/** Metrics of the calls to AWS. Labels come from the code and from the catalogue of reasons, never from AWS or the cluster. */
import type { Registry } from 'prom-client';
import { instrumentsOf } from './instruments.ts';

/** One finished call of the SDK, as src/aws reports it. */
export interface ObservedAwsCall {
  readonly service: string;
  readonly operation: string;
  /** 'ok', 'aborted', or the reason of the failure. */
  readonly result: string;
  readonly seconds: number;
  /** HTTP requests made for it; those after the first are the SDK's own retries. */
  readonly attempts: number;
}

export interface AwsMetrics {
  readonly observe: (call: ObservedAwsCall) => void;
}

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createAwsMetrics(registry: Registry): AwsMetrics {
  const { counter, histogram } = instrumentsOf(registry);
  const labels = ['service', 'operation'] as const;
  const calls = counter('keytender_aws_api_calls_total', 'Calls to AWS by result: ok, aborted or the reason of the failure.', [
    ...labels,
    'result',
  ]);
  const durations = histogram(
    'keytender_aws_api_call_duration_seconds',
    'How long calls to AWS took, with their retries.',
    labels,
    SECONDS,
  );
  const retries = counter('keytender_aws_retries_total', 'Requests that the SDK repeated by itself.', labels);
  return {
    observe({ service, operation, result, seconds, attempts }) {
      calls.inc({ service, operation, result });
      durations.observe({ service, operation }, seconds);
      retries.inc({ service, operation }, Math.max(attempts - 1, 0));
    },
  };
}
