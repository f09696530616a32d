/** The part of an installation that one process works on. */
import type { Key } from '../base/key.ts';

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
