/** Subscribes an ExternalSecret to the references that the source engine refreshes for it. */
import type { Resolution } from '../../../resolve/entries/resolve-values.ts';
import type { ExternalSecretContext } from '../context.ts';
import { interestsOf } from './interests.ts';
import type { Subject } from '../subject.ts';

/** The facts about the reads of a reconcile. */
export type ReadFacts = Pick<Resolution, 'seen' | 'readFailed' | 'exceeded'>;

/** The facts of a reconcile without reads. */
export const nothingRead: ReadFacts = { seen: [], readFailed: false, exceeded: false };

export function subscribe(subject: Subject, { seen, readFailed, exceeded }: ReadFacts, context: ExternalSecretContext): void {
  const whileFailing = readFailed ? context.defaultRefreshInterval : undefined;
  context.source.subscribe(
    subject.dependant,
    interestsOf(subject, { keyOfReference: context.keyOfReference, seen, whileFailing, onlySeen: exceeded }),
  );
}
