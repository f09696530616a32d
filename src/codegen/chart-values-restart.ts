/** The schema of the chart values for restarts. */
import { keytender } from '../api/keytender-dialect.ts';
import { z } from 'zod';
import { durationText } from '../api/schema/schema-parts.ts';

const annotation = z
  .string()
  .max(317)
  .regex(/^([A-Za-z0-9][-A-Za-z0-9_./]*)?$/);

const reloaderValues = z
  .strictObject({
    namespace: z
      .string()
      .max(63)
      .describe(
        'Namespace in which Reloader runs: while its Lease there is renewed, the operator reports that both are active. Empty: the namespace of the release.',
      ),
    autoReloadAll: z.boolean().describe('Also restarts workloads without annotations, for all that their pods read.'),
    reloadOnCreate: z.boolean().describe('The creation of a Secret or ConfigMap is a change.'),
    reloadOnDelete: z.boolean().describe('The deletion of a Secret or ConfigMap is a change.'),
    resourcesToIgnore: z.enum(['', 'secrets', 'configMaps', 'configmaps']).describe('secrets or configMaps: these restart nobody.'),
    ignoredWorkloadTypes: z.string().max(64).describe('Accepted without effect: Jobs and CronJobs are never restarted.'),
    namespacesToIgnore: z.array(z.string().max(63)).describe('Namespaces whose annotations do not count.'),
    namespaceSelector: z
      .string()
      .max(4096)
      .describe('Annotations count in namespaces with these labels only. Adds permissions to list and watch namespaces.'),
    resourceLabelSelector: z.string().max(4096).describe('Only Secrets and ConfigMaps with these labels count.'),
    annotations: z
      .strictObject({
        auto: annotation.describe('Name of the annotation for all that the pods of a workload read.'),
        secretAuto: annotation.describe('Name of the annotation for the Secrets that the pods of a workload read.'),
        configmapAuto: annotation.describe('Name of the annotation for the ConfigMaps that the pods of a workload read.'),
        secret: annotation.describe('Name of the annotation with names of Secrets.'),
        configmap: annotation.describe('Name of the annotation with names of ConfigMaps.'),
        autoSearch: annotation.describe('Name of the annotation for the Secrets and ConfigMaps that carry the annotation of searchMatch.'),
        searchMatch: annotation.describe('Name of the annotation on the Secrets and ConfigMaps of autoSearch.'),
        pauseDeployment: annotation.describe('Name of the annotation with the least time between two restarts of a Deployment.'),
        pauseDeploymentTime: annotation.describe('Name of the annotation in which Reloader records that it has paused a Deployment.'),
      })
      .describe('Other names of the annotations. Empty: the names of Reloader.'),
  })
  .describe('The flags of Reloader; they count with restart.reloaderAnnotations.');

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
    reloaderAnnotations: z
      .boolean()
      .describe(
        'Understands the annotations of Stakater Reloader, for all Secrets and ConfigMaps. Adds permissions to get, list and watch them.',
      ),
    reloader: reloaderValues,
  })
  .describe('Restarts of workloads.');
