/** The workloads that a demand's policy governs, as far as the cache knows them. */
import { consumerId, type ConsumerId, type ConsumerKind } from '../../restart/consumer/consumer.ts';
import { selects } from '../../api/object/label-selector.ts';
import type { Consumer } from '../../restart/consumer/consumer.ts';
import type { RestartSpec } from '../../restart/demand/restart-spec.ts';
import { keyOf } from '../../base/key.ts';
import type { ObjectStore } from '../../watch/port.ts';

export type Consumers = ReadonlyMap<ConsumerKind, ObjectStore<Consumer>>;

export function* membersOf(spec: RestartSpec, consumers: Consumers): Generator<ConsumerId> {
  for (const [kind, store] of consumers) {
    const found = spec.members === 'discover' ? consuming(spec, store) : targeted(spec, kind, store);
    for (const { metadata } of found) yield consumerId(kind, metadata.namespace ?? '', metadata.name);
  }
}

function consuming({ owner: { namespace }, secretName }: RestartSpec, store: ObjectStore<Consumer>): readonly Consumer[] {
  return store.byIndex('consumes', `Secret/${namespace}/${secretName}`);
}

function targeted({ owner: { namespace }, members }: RestartSpec, kind: ConsumerKind, store: ObjectStore<Consumer>): ReadonlySet<Consumer> {
  const targets = typeof members === 'string' ? [] : members;
  const found = new Set<Consumer>();
  const selectors = targets.flatMap((target) => (target.kind === kind && 'selector' in target ? [target.selector] : []));
  for (const target of targets) {
    const named = target.kind === kind && 'name' in target ? store.get(keyOf(namespace, target.name)) : undefined;
    if (named !== undefined) found.add(named);
  }
  if (selectors.length === 0) return found;
  for (const consumer of store.byIndex('namespace', namespace)) {
    if (selectors.some((selector) => selects(selector, consumer.metadata.labels ?? {}))) found.add(consumer);
  }
  return found;
}
