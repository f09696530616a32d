/** What the consumer of events may ask of the engine. */
import type { Outcome } from '../../api/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { Key } from '../../base/key.ts';
import type { Observation, RemoteReference } from '../port.ts';
import type { Registry } from '../registry.ts';
import { referenceKey } from '../reference-key.ts';
import type { Change } from './change.ts';

export interface EventReferences {
  /** References that the change concerns, of those that somebody uses or has just asked for. */
  concernedBy(change: Change): readonly RemoteReference[];
  observe(reference: RemoteReference): Observation;
  /** What was kept of it is not to be served any more: who asks from now on gets what a read shows. */
  invalidate(reference: RemoteReference): void;
  /** Reads it with a call that begins now; resolves once the answer has been noted and those whom it concerns were called. */
  refresh(reference: RemoteReference): Promise<Outcome<SecretVersion>>;
  dependantsOf(reference: RemoteReference): Iterable<Key>;
}

export function eventReferences(registry: Registry, reading: Pick<EventReferences, 'invalidate' | 'refresh'>): EventReferences {
  return {
    concernedBy: (change) => registry.index.concernedBy(change).map(({ reference }) => reference),
    observe: (reference) => registry.observe(reference),
    ...reading,
    dependantsOf: (reference) => registry.find(referenceKey(reference))?.subscribers.keys() ?? [],
  };
}
