/** The operations of the engine for the consumer of events. */
import { identityKey } from '../../aws/credentials/identity.ts';
import type { Outcome } from '../../failure/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { Ms } from '../../base/time/clock.ts';
import { failed } from '../../base/result.ts';
import type { SourceBreakers } from '../limits/breakers/source-breakers.ts';
import type { DependantKey, Observation, RemoteReference } from '../port.ts';
import { namespaceOf } from '../references/dependant.ts';
import type { Registry } from '../references/registry.ts';
import { referenceKey } from '../references/reference-key.ts';
import type { Change } from '../references/change.ts';

export interface Candidate {
  readonly reference: RemoteReference;
  readonly isConcerned: boolean;
}

export interface EventReferences {
  /**
   * References that the change may concern, of all that are refreshed or were requested within the last minute or two. There may be tens
   * of thousands; the caller may pause between two.
   */
  candidatesFor(change: Change): Iterable<Candidate>;
  observe(reference: RemoteReference): Observation;
  /** Drops the cached value, so that later requests get a new read. */
  invalidate(reference: RemoteReference): void;
  /**
   * Reads the reference with a call that starts now, unless a circuit breaker is open for its identity. Resolves after the answer was recorded and the
   * dependants were notified. `onRefused` is called if a circuit breaker refuses the read.
   */
  refresh(reference: RemoteReference, onRefused?: () => void): Promise<Outcome<SecretVersion>>;
  /**
   * Lets a refresh read the reference earlier than planned. `reserve` returns the wait; it is not called if the reference needs none, and
   * a failed reference keeps the delay of its retry.
   */
  refreshLater(reference: RemoteReference, reserve: () => Ms | undefined): void;
  dependantsOf(reference: RemoteReference): Iterable<DependantKey>;
  /** Whether any identity can be read. `beside`: only identities other than that of this reference count. */
  canRead(beside?: RemoteReference): boolean;
}

interface Parts extends Pick<EventReferences, 'invalidate'> {
  readonly registry: Registry;
  readonly breakers: SourceBreakers;
  /** `namespace`: the namespace in whose turn the reference is read; undefined without subscribers. */
  readonly read: (reference: RemoteReference, namespace: string | undefined) => Promise<Outcome<SecretVersion>>;
}

export function eventReferences({ registry, breakers, invalidate, read }: Parts): EventReferences {
  return {
    candidatesFor: (change) =>
      registry.index.candidates(change).map(({ tracked: { reference }, isConcerned }) => ({ reference, isConcerned })),
    observe: (reference) => registry.observe(reference),
    invalidate,
    refresh: (reference, onRefused) => {
      const candidates = namespacesOf(registry, reference).map((namespace) => ({
        namespace,
        breaker: breakers.openBreakerOf(reference, namespace),
      }));
      // One namespace with a closed breaker is enough, because the read notifies the dependants of all namespaces.
      const [first] = candidates.sort((one, other) => (one.breaker?.until ?? 0) - (other.breaker?.until ?? 0));
      if (first?.breaker === undefined) return read(reference, first?.namespace);
      // An event may be forged, so it must not override a breaker. The change is found when the breaker permits a read.
      registry.postpone(referenceKey(reference), first.breaker.until);
      onRefused?.();
      return Promise.resolve(failed(first.breaker.failure));
    },
    refreshLater: (reference, reserve) => {
      const tracked = registry.find(referenceKey(reference));
      if (tracked !== undefined && !tracked.hasCatchUp && tracked.observation.kind !== 'failed') registry.refreshWithin(tracked, reserve());
    },
    dependantsOf: (reference) => registry.find(referenceKey(reference))?.subscribers.dependants() ?? [],
    canRead: (beside) => {
      const { identities, services } = breakers.failing;
      const hasNoFailure = identities + services === 0 || registry.dependants === 0;
      return (beside === undefined && hasNoFailure) || canAnyRead(registry, breakers, beside);
    },
  };
}

/** Namespaces of the subscribers; undefined alone if there are none. */
function namespacesOf(registry: Registry, reference: RemoteReference): readonly (string | undefined)[] {
  const dependants = registry.find(referenceKey(reference))?.subscribers.dependants() ?? [];
  const namespaces = new Set(Iterator.from(dependants).map((dependant) => namespaceOf(dependant)));
  return namespaces.size === 0 ? [undefined] : [...namespaces];
}

function canAnyRead({ due }: Registry, breakers: SourceBreakers, beside: RemoteReference | undefined): boolean {
  const own = beside && identityKey(beside.identity);
  return due.entries().some(([key, queue]) => {
    const head = queue.peek();
    return key !== own && head !== undefined && breakers.probed(head.reference.identity) === undefined;
  });
}
