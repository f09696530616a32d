/** The schema of the chart values for restarts. */
import { keytender } from '../api/keytender-dialect.ts';
import { z } from 'zod';
import { durationText } from '../api/schema/schema-parts.ts';

const MOST_WORKLOADS = 100_000;

export const restartValues = z
  .strictObject({
    enabled: z.boolean().describe('Restarts workloads (spec.restart).'),
    argoRollouts: z.boolean().describe('Also restarts Rollouts of Argo Rollouts. Adds permissions for rollouts.argoproj.io.'),
    minInterval: durationText.describe('Least time between two restarts of one workload. No resource can lower it.'),
    maxConcurrent: z
      .int()
      .min(1)
      .max(MOST_WORKLOADS)
      .describe('Maximum number of workloads that roll at the same time because of the operator. Namespaces share it.'),
    maxConcurrentPerNamespace: z
      .int()
      .min(1)
      .max(MOST_WORKLOADS)
      .describe('Maximum number of workloads of one namespace that roll at the same time because of the operator.'),
    targetsWithoutReference: z
      .enum(['All', 'Annotated'])
      .describe(
        `Which targets of spec.restart are restarted although they do not use the Secret. Annotated: those with the annotation ${keytender.annotations.workloadPrefix}restart: "true".`,
      ),
  })
  .describe('Restarts of workloads.');
