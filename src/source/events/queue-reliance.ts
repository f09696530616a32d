/** Whether polling may rely on events if several queues are read: the queue of the installation, and queues for some identities only. */
import type { Identity } from '../../aws/credentials/identity.ts';
import type { EventReliance, RemoteReference } from '../port.ts';
import type { PollingReliance } from './polling-reliance.ts';
import type { ReadObserver } from '../references/read-observer.ts';

/** A queue whose events count for references of some identities only. */
export interface IdentityReliance {
  readonly url: string;
  readonly reliance: PollingReliance;
  readonly serves: (identity: Identity) => boolean;
}

export class QueueReliance implements ReadObserver {
  readonly #installation: PollingReliance;
  readonly #limited: () => Iterable<IdentityReliance>;

  /** `limited`: the present queues for some identities; called each time. */
  constructor(installation: PollingReliance, limited: () => Iterable<IdentityReliance>) {
    this.#installation = installation;
    this.#limited = limited;
  }

  reliesOn(reference: RemoteReference, reliance: EventReliance): boolean {
    if (this.#installation.reliesOn(reference, reliance)) return true;
    for (const { url, serves, reliance: own } of this.#limited()) {
      if (url === reliance.queueUrl && serves(reference.identity) && own.reliesOn(reference, reliance)) return true;
    }
    return false;
  }

  /** A change of a reference with its own queue proves no missing event in the queue of the installation. */
  versionChanged(reference: RemoteReference, versionId: string): void {
    const limited = Array.from(this.#limited()).filter(({ serves }) => serves(reference.identity));
    for (const { reliance } of limited) reliance.versionChanged(reference, versionId);
    if (limited.length === 0) this.#installation.versionChanged(reference, versionId);
  }

  forget(reference: RemoteReference): void {
    this.#installation.forget(reference);
    for (const { reliance } of this.#limited()) reliance.forget(reference);
  }
}
