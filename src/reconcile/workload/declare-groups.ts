/** Tells the admission the policy and the present content of each group of a workload. */
import { inSlices } from '../../base/time/slices.ts';
import type { SlicedWork } from '../../base/time/time-slices.ts';
import type { WorkloadContext } from './context.ts';
import type { Judgement } from './judge-sources.ts';
import { membersOf } from './members.ts';
import { type Consumer, consumerId, type ConsumerId } from '../../restart/consumer/consumer.ts';
import type { Demand } from '../../restart/demand/demand.ts';
import { isSameContent } from '../shared/restart-engine.ts';
import { specOf } from './sources.ts';

/**
 * In slices of `work`: a workload can be in 500 groups, and a new group looks at each workload of the namespace. Content that the cache has replaced meanwhile is left
 * out, because the change has queued the workload again.
 */
export async function declareGroups(
  { consumer, judged, refused }: Pick<Judgement, 'consumer' | 'judged' | 'refused'>,
  context: WorkloadContext,
  work: SlicedWork,
): Promise<void> {
  const { engine, contents } = context;
  const { namespace = '' } = consumer.metadata;
  for (const { demand, content } of [...judged, ...refused]) {
    if (engine.isDeclared(demand.group, demand.policy, content)) continue;
    const before = contents.cached(namespace, demand.source)?.content;
    const members: ConsumerId[] = [];
    await inSlices(membersFor(demand, consumer, context), work, (id) => {
      if (id !== undefined) members.push(id);
    });
    const now = contents.cached(namespace, demand.source)?.content;
    if (isGone(demand, context) || !isSameContent(before, now)) continue;
    engine.declare(demand.group, demand.policy, content, () => members);
  }
}

/** The ExternalSecret wants no restarts any more since the round began: its group is retired, and the workload was queued. */
function isGone({ owner }: Demand, { sides, engine }: WorkloadContext): boolean {
  return owner !== undefined && specOf(sides, engine.specs, owner) === undefined;
}

function membersFor(
  demand: Demand,
  { kind, metadata }: Consumer,
  { sides, engine, allConsumers }: WorkloadContext,
): Iterable<ConsumerId | undefined> {
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
