/**
 * The revision that the controller of a workload has made of our patch. When another client changes the pod template meanwhile, the rollout is not ours any more:
 * what becomes of it says nothing about the content. A process that has not seen our revision, such as a new leader, takes the present one for ours.
 */
import type { Consumer, ConsumerId, RolloutFacts } from '../../restart/consumer/consumer.ts';
import type { WorkloadEntry } from '../../restart/ledger/entry.ts';

interface OwnRevision {
  readonly patchedAt: string;
  readonly revision: string;
}

type Patch = Pick<WorkloadEntry, 'patchedAt' | 'generationBefore'>;

export class OwnRevisions {
  readonly #own = new Map<ConsumerId, OwnRevision>();

  /** Whether the pod template was changed after our last patch. `entry`: of that patch. */
  isSuperseded(id: ConsumerId, entry: Patch | undefined, { rollout }: Pick<Consumer, 'rollout'>): boolean {
    const { updateRevision: revision, observedGeneration, generation } = rollout;
    if (entry === undefined || revision === undefined || observedGeneration < generation) return false;
    const own = this.#own.get(id);
    if (own?.patchedAt === entry.patchedAt) return own.revision !== revision;
    if (isOfPatch(rollout, entry)) this.#own.set(id, { patchedAt: entry.patchedAt, revision });
    return false;
  }

  /** The workload is gone. */
  forget(id: ConsumerId): void {
    this.#own.delete(id);
  }
}

/** Each change of the specification makes a generation. */
function isOfPatch({ generation }: RolloutFacts, { generationBefore }: Patch): boolean {
  return generation === generationBefore + 1;
}
