/** What a queue may speak of that is not for all: references of some identities, whatever its messages say. */
import type { Identity } from '../../aws/credentials/identity.ts';
import type { EventReferences } from './event-references.ts';

export function limitedReferences(all: EventReferences, serves: (identity: Identity) => boolean): EventReferences {
  return { ...all, concernedBy: (change) => all.concernedBy(change).filter(({ identity }) => serves(identity)) };
}
