/** The references that a queue for some identities may concern: only those of its identities, whatever its messages contain. */
import type { Identity } from '../../aws/credentials/identity.ts';
import type { EventReferences } from './event-references.ts';

export function limitedReferences(all: EventReferences, serves: (identity: Identity) => boolean): EventReferences {
  return { ...all, concernedBy: (change) => all.concernedBy(change).filter(({ identity }) => serves(identity)) };
}
