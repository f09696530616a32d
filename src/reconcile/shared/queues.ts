/** What a controller does with a key, and the queues of the controllers. */
import type { Key } from '../../base/key.ts';
import type { WorkResult } from '../../queue/port.ts';
import type { WorkQueue } from '../../queue/work-queue.ts';

/** Brings what one key names to what it should be. Rejects only with a defect, or with the reason of the signal. */
export type Reconcile = (key: Key, signal: AbortSignal) => Promise<WorkResult>;

export interface Queues {
  readonly externalSecrets: WorkQueue;
  readonly secretStores: WorkQueue;
  readonly clusterSecretStores: WorkQueue;
}
