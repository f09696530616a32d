/** Values of the chart for the pod, its network policy and its disruption budget. */
import { z } from 'zod';
import { passThrough, passThroughList, stringMap, text } from './chart-values-parts.ts';

/** Helm removes a key whose value is null, so each id is optional. After --reuse-values the value is null itself. */
const id = (description: string): z.ZodType => z.int().min(1).nullable().optional().describe(description);

const quantity = z.union([z.string(), z.number(), z.null()]);

const resourceList = (description: string): z.ZodType => z.record(z.string(), quantity).optional().describe(description);

export const podValues = {
  extraArgs: z.array(z.string()).describe('Additional flags of the operator.'),
  extraEnv: passThroughList('Additional environment variables, as in a container.'),
  extraVolumes: passThroughList('Additional volumes of the pod.'),
  extraVolumeMounts: passThroughList('Additional volume mounts of the container.'),
  resources: z
    .strictObject({
      requests: resourceList('Resource requests.'),
      limits: resourceList('Resource limits.'),
      claims: passThroughList('Dynamic resource claims.').optional(),
    })
    .describe('Resources of the container.'),
  podSecurityContext: z
    .strictObject({
      runAsUser: id('User id.'),
      runAsGroup: id('Group id.'),
      fsGroup: id('Group id of mounted volumes; it may read the tokens.'),
    })
    .describe('User and group ids of the pod. null: the platform chooses the id.'),
  podDisruptionBudget: z
    .strictObject({
      enabled: z.boolean().describe('Creates a PodDisruptionBudget when there is more than one replica.'),
      maxUnavailable: z
        .union([z.int().min(1), z.string().regex(/^([1-9]|[1-9][0-9]|100)%$/)])
        .describe('Number or percentage of replicas that may be unavailable. At least one, because zero would block the drain of a node.'),
    })
    .describe('PodDisruptionBudget of the operator.'),
  networkPolicy: z
    .strictObject({
      enabled: z.boolean().describe('Creates a NetworkPolicy.'),
      metricsFrom: passThroughList('NetworkPolicyPeers that may read metrics. A list replaces the default. Empty: all.'),
      probesFrom: passThroughList('NetworkPolicyPeers that may request /livez and /readyz. Empty: all.'),
      restrictEgress: z.boolean().describe('Limits outgoing connections to egressPorts and extraEgress.'),
      egressPorts: z
        .array(z.int().min(1).max(65_535))
        .min(1)
        .describe('Ports of the API server and of AWS endpoints. A list replaces the default.'),
      extraEgress: passThroughList('Additional NetworkPolicyEgressRules.'),
    })
    .describe('Incoming and outgoing connections of the operator.'),
  deploymentAnnotations: stringMap('Annotations of the Deployment.'),
  podAnnotations: stringMap('Annotations of the pods.'),
  podLabels: stringMap('Labels of the pods.'),
  terminationGracePeriodSeconds: z.int().min(10).describe('Seconds for a graceful stop. The operator needs at most 10.'),
  revisionHistoryLimit: z.int().min(0).describe('Number of old ReplicaSets that are kept for a rollback.'),
  priorityClassName: text('PriorityClass of the pods.'),
  nodeSelector: stringMap('Labels that nodes must have.'),
  tolerations: passThroughList('Tolerations of the pods.'),
  affinity: passThrough('Affinity of the pods.'),
  topologySpreadConstraints: passThroughList(
    'Topology spread constraints of the pods. Empty: the chart spreads replicas over nodes if possible.',
  ),
};
