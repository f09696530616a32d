/** The messages for stores whose queue is not read. Pure. */
import { failure, type Failure } from '../failure/failure.ts';
import { NO_CREDENTIALS, ownQueueLimits, type QueueChoice, type QueueUse } from '../source/events/choose-queue.ts';

const NOT_ALLOWED = 'queues that SecretStores name are not read here';
const BEYOND_LIMIT =
  `this queue is not read: at most ${ownQueueLimits.ofNamespace} queues of one namespace and ${ownQueueLimits.inAll} of all SecretStores are, ` +
  'the oldest stores first';
const TOO_MANY_STORES = 'four older stores of this namespace already name this queue; more than four may not';

export type NoQueueReason = Exclude<QueueUse, 'none' | 'own' | 'chosen' | 'shared'>;

/** The reason why the queue of a store is not read. `installation`: the queue of the installation. */
export function notRead(standing: NoQueueReason, installation: QueueChoice): Failure {
  switch (standing) {
    case 'missing':
      return failure('EventsQueueMissing', 'events are asked for, and no queue is read for this store');
    case 'conflict':
      return failure('EventsQueueConflict', conflictWith(installation));
    case 'not-allowed':
      return failure('EventsQueueNotAllowed', NOT_ALLOWED);
    case 'no-credentials':
      return failure('EventsQueueNotAllowed', NO_CREDENTIALS);
    case 'too-many-stores':
      return failure('EventsQueueLimit', TOO_MANY_STORES);
    case 'beyond-limit':
      return failure('EventsQueueLimit', BEYOND_LIMIT);
    default:
      return standing satisfies never;
  }
}

/** The message names the store with the other queue, but no setting of another namespace. */
function conflictWith(choice: QueueChoice): string {
  return choice.kind === 'store'
    ? `this installation reads another queue, which ClusterSecretStore ${JSON.stringify(choice.store.metadata.name)} names`
    : 'this installation reads another queue, which --events-queue-url names';
}
