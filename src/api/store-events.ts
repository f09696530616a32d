/** Change events, as the specification of a store says it. */
import { z } from 'zod';
import { rules } from './cel.ts';
import { durationText } from './schema-parts.ts';

/** The host is not used: the queue is found at the endpoint of its region. */
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
          .describe('URL of a standard SQS queue that EventBridge sends change events to. It is read as the identity of the store.'),
      })
      .optional()
      .describe(
        'The queue. An installation reads one for all stores. That of a SecretStore is read only with --allow-namespaced-queues, and for references of its own identity. The Events condition says how it stands.',
      ),
    maxAge: durationText
      .optional()
      .describe(
        'While events come, references of this store are polled only so often, where their refreshInterval is shorter. Without it events only make changes show sooner.',
      ),
  }),
  [{ rule: 'has(self.sqs) || has(self.maxAge)', message: 'events: sqs, maxAge or both' }],
);

export const eventsField = eventsSchema.optional().describe('Change events, which make a change in AWS show within seconds.');

export type StoreEvents = z.infer<typeof eventsSchema>;
