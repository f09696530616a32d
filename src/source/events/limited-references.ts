/** The references that a queue for some identities may concern: only those of its identities, whatever its messages contain. */
import type { Identity } from '../../aws/credentials/identity.ts';
import type { EventReferences } from './event-references.ts';

export function limitedReferences(all: EventReferences, serves: (identity: Identity) => boolean): EventReferences {
  return {
    ...all,
    candidatesFor: (change) =>
      Iterator.from(all.candidatesFor(change)).map(({ reference, isConcerned }) => ({
        reference,
        isConcerned: isConcerned && serves(reference.identity),
      })),
  };
}
