/** The budget of writes to AWS, as its port wants it. */
import type { WriteBudget } from '../../aws/secret-writer-port.ts';
import type { Budgets } from './budgets.ts';

/** All writes share one bucket (tags, too, which AWS counts apart). Somebody waits for each of them: none is a refresh. */
export function writeBudget(budgets: Budgets): WriteBudget {
  return {
    take: ({ identity, namespace }) => budgets.take(identity, 'write', 'wanted', namespace),
    giveBack: ({ identity }) => budgets.giveBack(identity, 'write'),
    tried: ({ identity }, tries, madeAt) => budgets.tried(identity, 'write', tries, madeAt),
  };
}
