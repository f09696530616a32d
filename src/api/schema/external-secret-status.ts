/** The status of an ExternalSecret. */
import { z } from 'zod';
import { MAX_SEQUENCE } from '../content-changes.ts';
import { conditionList } from './conditions.ts';
import { restartCountsSchema, restartStatusSchema } from './restart-status.ts';
import { limits } from './schema-parts.ts';

const sourceStatusSchema = z.object({
  key: z.string().max(2048).describe('The key as it is written in the ExternalSecret.'),
  store: z
    .string()
    .max(512)
    .optional()
    .describe('Kind and name of the store, such as SecretStore/aws, if it is another one than spec.secretStoreRef.'),
  stage: z
    .string()
    .max(256)
    .optional()
    .describe('The requested version stage or label. AWSCURRENT means the latest version of a parameter.'),
  tags: z.boolean().optional().describe('True if the tags were requested instead of the value.'),
  versionId: z.string().max(64).describe('Version id of the value in the Secret. For a parameter: its version number. For tags: a digest.'),
  createdDate: z.string().optional().meta({ format: 'date-time' }).describe('When AWS created that version.'),
});

export const externalSecretStatusSchema = z.object({
  observedGeneration: z.int().min(0).optional().describe('The metadata.generation that this status describes.'),
  conditions: conditionList(
    'Ready: the Secret holds the values that AWS had at the last refresh. Restarted: the restart targets use them. RolloutsHealthy: their rollouts are done and healthy; Unknown if the operator does not read workloads. UpToDate is present only if False: a change in AWS or a forced sync is pending.',
  ),
  binding: z
    .object({ name: z.string().max(253).describe('Name of the Secret.') })
    .optional()
    .describe('The Secret, in the form of the Service Binding specification.'),
  refreshTime: z
    .string()
    .optional()
    .meta({ format: 'date-time' })
    .describe(
      'When AWS confirmed the values that were last written to the Secret. A refresh without a change writes nothing, so this time stays; it also stays after a failure.',
    ),
  lastChangeTime: z.string().optional().meta({ format: 'date-time' }).describe('When the content of the Secret last changed.'),
  content: z.string().max(128).optional().describe('Id of the content: a keyed digest. Use it only to compare contents.'),
  contentSequence: z
    .int()
    .min(0)
    .max(MAX_SEQUENCE)
    .optional()
    .describe(
      'Number of the last write of new content to the Secret. If the Secret is deleted and created again, counting continues here.',
    ),
  contentDigest: z
    .string()
    .max(128)
    .optional()
    .describe(
      'Digest of the content with the present digest key. Set only if an earlier digest key was lost; content may be a digest with that earlier key.',
    ),
  sources: z.array(sourceStatusSchema).max(limits.sources).optional().describe('The versions whose values the Secret holds.'),
  restarts: z
    .array(restartStatusSchema)
    .max(limits.restartStatuses)
    .optional()
    .describe(
      'Workloads that are restarted for the Secret: at most 50, in the order Failed, Blocked, Rolling, Pending, others, and by name. restartCounts counts all.',
    ),
  restartCounts: restartCountsSchema
    .optional()
    .describe('Number of workloads that are restarted for the Secret, by phase, also of those that restarts does not show.'),
  forceSync: z.string().max(1024).optional().describe('The last value of the force-sync annotation that the operator has acted on.'),
});

export type ExternalSecretStatus = z.infer<typeof externalSecretStatusSchema>;
