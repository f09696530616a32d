/** Whether events can be relied on, where several queues are read: that of the installation, and queues that speak for some identities only. */
import type { Identity } from '../../aws/credentials/identity.ts';
import type { EventReliance, RemoteReference } from '../port.ts';
import type { EventTrust } from './polling-reliance.ts';
import type { EventWitness } from './read-observer.ts';

/** A queue that speaks for references of some identities only. */
export interface LimitedTrust {
  readonly url: string;
  readonly trust: EventTrust;
  readonly serves: (identity: Identity) => boolean;
}

export class QueueTrusts implements EventWitness {
  readonly #installation: EventTrust;
  readonly #limited: () => Iterable<LimitedTrust>;

  /** `limited`: those that there are now; asked each time. */
  constructor(installation: EventTrust, limited: () => Iterable<LimitedTrust>) {
    this.#installation = installation;
    this.#limited = limited;
  }

  trusts(reference: RemoteReference, reliance: EventReliance): boolean {
    if (this.#installation.trusts(reference, reliance)) return true;
    for (const { url, trust, serves } of this.#limited()) {
      if (url === reliance.queueUrl && serves(reference.identity) && trust.trusts(reference, reliance)) return true;
    }
    return false;
  }

  /** A change of what has a queue of its own proves nothing about that of the installation. */
  moved(reference: RemoteReference, versionId: string): void {
    const limited = Array.from(this.#limited()).filter(({ serves }) => serves(reference.identity));
    for (const { trust } of limited) trust.moved(reference, versionId);
    if (limited.length === 0) this.#installation.moved(reference, versionId);
  }

  forget(reference: RemoteReference): void {
    this.#installation.forget(reference);
    for (const { trust } of this.#limited()) trust.forget(reference);
  }
}
