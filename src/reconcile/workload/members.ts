/** The workloads that a demand's policy governs, as far as the cache knows them. */
import { consumerId, type ConsumerId, type ConsumerKind } from '../../restart/consumer/consumer.ts';
import { selects } from '../../api/object/label-selector.ts';
import type { Consumer } from '../../restart/consumer/consumer.ts';
import type { RestartSpec } from '../../restart/demand/restart-spec.ts';
import { keyOf } from '../../base/key.ts';
import type { ObjectStore } from '../../watch/port.ts';

export type Consumers = ReadonlyMap<ConsumerKind, ObjectStore<Consumer>>;

/** Undefined: a workload that is no member, so that a caller can pause after each one. */
export function* membersOf(spec: RestartSpec, consumers: Consumers): Generator<ConsumerId | undefined> {
  for (const [kind, store] of consumers) {
    const found = spec.members === 'discover' ? consuming(spec, store) : targeted(spec, kind, store);
    for (const one of found) yield one && consumerId(kind, one.metadata.namespace ?? '', one.metadata.name);
  }
}

function consuming({ owner: { namespace }, secretName }: RestartSpec, store: ObjectStore<Consumer>): readonly Consumer[] {
  return store.byIndex('consumes', `Secret/${namespace}/${secretName}`);
}

/** Each once. */
function* targeted(
  { owner: { namespace }, members }: RestartSpec,
  kind: ConsumerKind,
  store: ObjectStore<Consumer>,
): Generator<Consumer | undefined> {
  const targets = typeof members === 'string' ? [] : members;
  const found = new Set<Consumer>();
  const selectors = targets.flatMap((target) => (target.kind === kind && 'selector' in target ? [target.selector] : []));
  for (const target of targets) {
    const named = target.kind === kind && 'name' in target ? store.get(keyOf(namespace, target.name)) : undefined;
    if (named !== undefined) found.add(named);
  }
  yield* found;
  if (selectors.length === 0) return;
  for (const consumer of store.byIndex('namespace', namespace)) {
    const isSelected = !found.has(consumer) && selectors.some((selector) => selects(selector, consumer.metadata.labels ?? {}));
    yield isSelected ? consumer : undefined;
  }
}
