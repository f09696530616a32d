/** In which order one pass takes due references: identities take turns. */
import type { DueQueue } from '../schedule/due-queue.ts';
import type { SourceBreakers } from '../limits/breakers/source-breakers.ts';
import type { Registry } from '../references/registry.ts';
import type { TrackedReference } from '../references/tracked-reference.ts';

/** The due queues of all identities. Where one probe counts for several identities, identities that work come first. */
export function queuesInTurn({ due }: Pick<Registry, 'due'>, breakers: SourceBreakers): readonly DueQueue<TrackedReference>[] {
  // A copy: queues may be removed from the registry, and others added.
  const queues = [...due.values()];
  if (breakers.failing.services === 0) return queues;
  const probeOrder = (queue: DueQueue<TrackedReference>): number => {
    const head = queue.peek();
    return head === undefined ? 0 : breakers.probeOrder(head.reference.identity);
  };
  return queues.toSorted((one, other) => probeOrder(one) - probeOrder(other));
}
