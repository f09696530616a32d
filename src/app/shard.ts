/** The part of an installation that one process works on. */
import type { Key } from '../base/key.ts';
import type { Config } from '../config.ts';

export interface Shard {
  /** Part of the name of its Lease. Absent if the installation has no shards. */
  readonly name?: string;
  /** Whether the shard reconciles the key. A key that it does not own enters no queue. */
  readonly owns: (key: Key) => boolean;
  /** The part of the call budgets that it may use: the shards of an installation share the quotas of AWS. Default 1. */
  readonly budgetShare?: number;
}

/** An installation without shards: the process that leads reconciles all keys. */
export const wholeInstallation: Shard = { owns: () => true };

/**
 * Throws a RangeError if a shard is configured to read queues of change events. A message goes to one receiver only, so that a shard would delete the messages
 * about secrets of another one.
 */
export function checkShard(
  { name }: Shard,
  { eventsQueueUrl, allowNamespacedQueues }: Pick<Config, 'eventsQueueUrl' | 'allowNamespacedQueues'>,
): void {
  if (name === undefined) return;
  const flag = allowNamespacedQueues ? '--allow-namespaced-queues' : '--events-queue-url';
  if (eventsQueueUrl === null && !allowNamespacedQueues) return;
  throw new RangeError(
    `shard ${JSON.stringify(name)} cannot read queues of change events, because shards would delete each other's messages; ` +
      `remove ${flag} (changes are then found by polling), or run the installation without shards`,
  );
}
