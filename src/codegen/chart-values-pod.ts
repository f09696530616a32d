/** Values of the chart that shape the pod and what surrounds it. */
import { z } from 'zod';
import { passThrough, passThroughList, stringMap, text } from './chart-values-parts.ts';

/** Helm takes a key away when its value is null, so each id is optional; after --reuse-values the null itself is there. */
const id = (description: string): z.ZodType => z.int().min(1).nullable().optional().describe(description);

const quantity = z.union([z.string(), z.number(), z.null()]);

const resourceList = (description: string): z.ZodType => z.record(z.string(), quantity).optional().describe(description);

export const podValues = {
  extraArgs: z.array(z.string()).describe('Further flags of the operator.'),
  extraEnv: passThroughList('Further environment variables, as in a container.'),
  extraVolumes: passThroughList('Further volumes of the pod.'),
  extraVolumeMounts: passThroughList('Further volume mounts of the container.'),
  resources: z
    .strictObject({
      requests: resourceList('What is reserved.'),
      limits: resourceList('What is allowed.'),
      claims: passThroughList('Dynamic resource claims.').optional(),
    })
    .describe('Resources of the container.'),
  podSecurityContext: z
    .strictObject({
      runAsUser: id('User id.'),
      runAsGroup: id('Group id.'),
      fsGroup: id('Group of mounted volumes; tokens are readable by it.'),
    })
    .describe('Ids that the pod runs with; null leaves one to the platform.'),
  podDisruptionBudget: z
    .strictObject({
      enabled: z.boolean().describe('Creates a PodDisruptionBudget when there is more than one replica.'),
      maxUnavailable: z
        .union([z.int().min(1), z.string().regex(/^([1-9]|[1-9][0-9]|100)%$/)])
        .describe('Replicas that may be away; at least one, or drains would block.'),
    })
    .describe('Voluntary disruptions.'),
  networkPolicy: z
    .strictObject({
      enabled: z.boolean().describe('Creates a NetworkPolicy.'),
      metricsFrom: passThroughList('Who may read metrics, as NetworkPolicyPeers; replaces the default. Empty: everybody.'),
      probesFrom: passThroughList('Who may ask /livez and /readyz, as NetworkPolicyPeers. Empty: everybody.'),
      restrictEgress: z.boolean().describe('Limits outgoing connections too.'),
      egressPorts: z
        .array(z.int().min(1).max(65_535))
        .min(1)
        .describe('Ports of the API server and of AWS endpoints; replaces the default.'),
      extraEgress: passThroughList('Further NetworkPolicyEgressRules.'),
    })
    .describe('Who may talk to the operator, and to whom it may talk.'),
  deploymentAnnotations: stringMap('Annotations of the Deployment.'),
  podAnnotations: stringMap('Annotations of the pods.'),
  podLabels: stringMap('Labels of the pods.'),
  terminationGracePeriodSeconds: z.int().min(10).describe('Seconds for a graceful stop; the operator needs 10 at most.'),
  revisionHistoryLimit: z.int().min(0).describe('ReplicaSets that are kept for a rollback.'),
  priorityClassName: text('PriorityClass of the pods.'),
  nodeSelector: stringMap('Labels that nodes must have.'),
  tolerations: passThroughList('Taints that are tolerated.'),
  affinity: passThrough('Affinity of the pods.'),
  topologySpreadConstraints: passThroughList('How replicas spread. Empty: over nodes, where possible.'),
};
