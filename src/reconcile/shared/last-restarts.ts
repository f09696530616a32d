/**
 * The last restart of each workload. The ledger has its entry before the patch is sent, so an entry does not say that the patch was made. Of a patch that the API
 * server has refused, this process knows better: it was no restart, and what is missing on the pod template was not removed by anybody.
 */
import { valueIn } from '../../api/object/object.ts';
import type { KubeFailure } from '../../kube/port.ts';
import type { Consumer, ConsumerId } from '../../restart/consumer/consumer.ts';
import type { WorkloadEntry } from '../../restart/ledger/entry.ts';
import type { Ledger } from '../../restart/ledger/ledger.ts';

interface Unmade {
  readonly entry: WorkloadEntry;
  readonly before: WorkloadEntry | undefined;
}

type Seen = Pick<Consumer, 'metadata' | 'markers'>;

/** Without an answer, or with one that cannot be read, the patch can have been made. After all others the object is certainly as before. */
const UNCERTAIN: ReadonlySet<KubeFailure['kind']> = new Set(['unavailable', 'too-large']);

export class LastRestarts {
  readonly #ledger: Pick<Ledger, 'workload'>;
  readonly #unmade = new Map<ConsumerId, Unmade>();

  constructor(ledger: Pick<Ledger, 'workload'>) {
    this.#ledger = ledger;
  }

  /** Undefined: the operator has not restarted it. */
  of(id: ConsumerId, { metadata: { uid }, markers }: Seen): WorkloadEntry | undefined {
    const entry = this.#ledger.workload(uid);
    const unmade = this.#unmade.get(id);
    if (unmade?.entry.uid !== uid || unmade.entry.patchedAt !== entry?.patchedAt) return entry;
    // Another leader may have made the same restart a moment before.
    return isMarked(unmade.entry, markers) ? entry : unmade.before;
  }

  /** The patch of `entry` has failed. `before`: the result of `of` before the entry was written. */
  failed(id: ConsumerId, failure: KubeFailure, { entry, before }: Unmade): void {
    if (UNCERTAIN.has(failure.kind)) this.#unmade.delete(id);
    else this.#unmade.set(id, { entry, before });
  }

  /** The patch was made, or the workload is gone. */
  forget(id: ConsumerId): void {
    this.#unmade.delete(id);
  }
}

function isMarked(entry: WorkloadEntry, markers: Seen['markers']): boolean {
  return Object.entries(entry.markers).every(([name, text]) => valueIn(markers, name) === text);
}
