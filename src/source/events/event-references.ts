/** What the consumer of events may ask of the engine. */
import { identityKey } from '../../aws/credentials/identity.ts';
import type { Outcome } from '../../api/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import { failed } from '../../base/result.ts';
import type { SourceBreakers } from '../limits/source-breakers.ts';
import type { DependantKey, Observation, RemoteReference } from '../port.ts';
import { namespaceOf } from '../references/dependant.ts';
import type { Registry } from '../references/registry.ts';
import { referenceKey } from '../references/reference-key.ts';
import type { Change } from './change.ts';

export interface EventReferences {
  /** References that the change concerns, of those that somebody uses or has just asked for. */
  concernedBy(change: Change): readonly RemoteReference[];
  observe(reference: RemoteReference): Observation;
  /** What was kept of it is not to be served any more: who asks from now on gets what a read shows. */
  invalidate(reference: RemoteReference): void;
  /** Reads it with a call that begins now, unless nothing can be read as its identity; resolves once the answer has been noted and those whom it concerns were called. */
  refresh(reference: RemoteReference): Promise<Outcome<SecretVersion>>;
  dependantsOf(reference: RemoteReference): Iterable<DependantKey>;
  /** Whether anybody is left who can read, as far as is known; `beside`: other than the identity of this reference. */
  canRead(beside?: RemoteReference): boolean;
}

interface Parts extends Pick<EventReferences, 'invalidate'> {
  readonly registry: Registry;
  readonly breakers: SourceBreakers;
  /** `namespace`: for whose turn it is read; undefined where nobody uses it. */
  readonly read: (reference: RemoteReference, namespace: string | undefined) => Promise<Outcome<SecretVersion>>;
}

export function eventReferences({ registry, breakers, invalidate, read }: Parts): EventReferences {
  return {
    concernedBy: (change) => registry.index.concernedBy(change).map(({ reference }) => reference),
    observe: (reference) => registry.observe(reference),
    invalidate,
    refresh: (reference) => {
      const tries = namespacesOf(registry, reference).map((namespace) => ({
        namespace,
        open: breakers.closed(reference.identity, namespace),
      }));
      // One namespace for which it may be read is enough: all hear of it.
      const [first] = tries.sort((one, other) => (one.open?.until ?? 0) - (other.open?.until ?? 0));
      if (first?.open === undefined) return read(reference, first?.namespace);
      // An event may be made up, so that it opens no gate. What it tells is found when the gate opens.
      registry.postpone(referenceKey(reference), first.open.until);
      return Promise.resolve(failed(first.open.failure));
    },
    dependantsOf: (reference) => registry.find(referenceKey(reference))?.subscribers.keys() ?? [],
    canRead: (beside) => {
      const { identities, services } = breakers.failing;
      const allIsWell = identities + services === 0 || registry.dependants === 0;
      return (beside === undefined && allIsWell) || isAnyoneWell(registry, breakers, beside);
    },
  };
}

/** Of those who use it; undefined alone where nobody does. */
function namespacesOf(registry: Registry, reference: RemoteReference): readonly (string | undefined)[] {
  const dependants = registry.find(referenceKey(reference))?.subscribers.keys() ?? [];
  const namespaces = new Set(Iterator.from(dependants).map((dependant) => namespaceOf(dependant)));
  return namespaces.size === 0 ? [undefined] : [...namespaces];
}

function isAnyoneWell({ due }: Registry, breakers: SourceBreakers, beside: RemoteReference | undefined): boolean {
  const own = beside && identityKey(beside.identity);
  return due.entries().some(([key, queue]) => {
    const head = queue.peek();
    return key !== own && head !== undefined && breakers.probed(head.reference.identity) === undefined;
  });
}
