/** spec.events of a store: the queue of change events. */
import { z } from 'zod';
import { rules } from './cel.ts';
import { durationText } from './schema-parts.ts';

/** URL of an SQS queue. The operator does not use the host: it calls the SQS endpoint of the region. */
export const QUEUE_URL = /^https?:\/\/[A-Za-z0-9.:-]+\/[0-9]{12}\/[A-Za-z0-9_-]{1,80}$/;

export const eventsSchema = rules(
  z.object({
    sqs: z
      .object({
        queueUrl: z
          .string()
          .min(1)
          .max(512)
          .regex(QUEUE_URL)
          .describe(
            'URL of a standard SQS queue to which EventBridge sends change events. The operator reads it with the identity of the store.',
          ),
      })
      .optional()
      .describe(
        'The queue. An installation reads one queue for all stores. The operator reads the queue of a SecretStore only with --allow-namespaced-queues, and only for secrets that are read with the identity of that store. The condition Events shows the state of the queue.',
      ),
    maxAge: durationText
      .optional()
      .describe(
        'While events arrive, secrets of this store are refreshed at this interval, where their refreshInterval is shorter. Without maxAge, events do not change how often secrets are refreshed.',
      ),
  }),
  [{ rule: 'has(self.sqs) || has(self.maxAge)', message: 'events: set sqs, maxAge or both' }],
);

export const eventsField = eventsSchema.optional().describe('Change events. With them, a change in AWS reaches the Secret within seconds.');

export type StoreEvents = z.infer<typeof eventsSchema>;
