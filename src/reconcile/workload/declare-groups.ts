/** Tells the admission the policy and the present content of each group of a workload. */
import type { WorkloadContext } from './context.ts';
import type { Judgement } from './judge-sources.ts';
import { membersOf } from './members.ts';
import type { Consumer, ConsumerId } from '../../restart/consumer/consumer.ts';
import { consumerId } from '../../restart/consumer/consumer.ts';
import type { Demand } from '../../restart/demand/demand.ts';
import { specOf } from './sources.ts';

export function declareGroups(
  { consumer, judged, refused }: Pick<Judgement, 'consumer' | 'judged' | 'refused'>,
  context: WorkloadContext,
): void {
  for (const { demand, content } of [...judged, ...refused]) {
    context.engine.declare(demand.group, demand.policy, content, () => membersFor(demand, consumer, context));
  }
}

function membersFor(demand: Demand, { kind, metadata }: Consumer, { sides, engine, allConsumers }: WorkloadContext): Iterable<ConsumerId> {
  const { source } = demand;
  const spec = specOf(sides, engine.specs, demand.owner);
  if (spec !== undefined) return membersOf(spec, allConsumers);
  // Asked for by workloads themselves: those that consume the source and have the annotation.
  const { namespace = '', name } = metadata;
  const own = consumerId(kind, namespace, name);
  const others = [...allConsumers].flatMap(([ofKind, store]) =>
    store
      .byIndex('consumes', `${source.kind}/${namespace}/${source.name}`)
      .filter(({ settings }) => settings.restart === true)
      .map((one) => consumerId(ofKind, namespace, one.metadata.name)),
  );
  return new Set([own, ...others, ...(engine.reloader?.foreign.consumersOf(namespace, source) ?? [])]);
}
