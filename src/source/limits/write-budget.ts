/** The budget of writes to AWS, as a port of the writer. */
import type { WriteBudget } from '../../aws/secrets-manager/writer-port.ts';
import type { Budgets } from './call-budgets.ts';

/** All writes share one bucket (tags, too, which AWS counts separately). A caller waits for each write: no write is a refresh. */
export function writeBudget(budgets: Budgets): WriteBudget {
  return {
    take: ({ identity, namespace }) => budgets.take(identity, 'write', 'wanted', namespace),
    giveBack: ({ identity }) => budgets.giveBack(identity, 'write'),
    tried: ({ identity }, attempts, madeAt) => budgets.tried(identity, 'write', attempts, madeAt),
  };
}
