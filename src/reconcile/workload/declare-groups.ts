/** Tells the admission the policy and the present content of each group of a workload. */
import type { WorkloadContext } from './context.ts';
import type { Judgement } from './judge-sources.ts';
import { membersOf } from './members.ts';
import { inSlices } from '../../base/time/slices.ts';
import type { Consumer, ConsumerId } from '../../restart/consumer/consumer.ts';
import { consumerId } from '../../restart/consumer/consumer.ts';
import type { Demand } from '../../restart/demand/demand.ts';
import { specOf } from './sources.ts';

/**
 * In time slices: a workload can be in 500 groups, each with thousands of members. Content that the cache has replaced meanwhile is left out, because the change has
 * queued the workload again, and so is the group of a policy that is gone.
 */
export async function declareGroups(
  { consumer, judged, refused }: Pick<Judgement, 'consumer' | 'judged' | 'refused'>,
  context: WorkloadContext,
  signal: AbortSignal,
): Promise<void> {
  const { engine, contents, sides, slices } = context;
  const { namespace = '' } = consumer.metadata;
  const work = slices.worker(namespace, signal);
  for (const { demand, content } of [...judged, ...refused]) {
    if (engine.isDeclared(demand.group, demand.policy, content)) continue;
    const before = contents.cached(namespace, demand.source)?.content;
    const members: ConsumerId[] = [];
    await inSlices(membersFor(demand, consumer, context), work, (id) => {
      if (id !== undefined) members.push(id);
    });
    const isGone = demand.owner !== undefined && specOf(sides, engine.specs, demand.owner) === undefined;
    if (isGone || contents.cached(namespace, demand.source)?.content !== before) continue;
    engine.declare(demand.group, demand.policy, content, () => members);
  }
}

function membersFor(demand: Demand, { kind, metadata }: Consumer, { sides, engine, allConsumers }: WorkloadContext): Iterable<ConsumerId | undefined> {
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
