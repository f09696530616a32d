/** Finds who wants a workload restarted, and for which sources. Pure. */
import type { Consumer, Consumption } from '../consumer/consumer.ts';
import { selects } from '../../api/object/label-selector.ts';
import { defaultPolicy } from '../policy/policy.ts';
import type { SourceName } from '../source/content.ts';
import type { Demand, RefusedDemand } from './demand.ts';
import type { RestartMember } from '../policy/policy-of.ts';
import type { RestartSpec } from './restart-spec.ts';

export interface DemandFacts {
  /** ExternalSecrets of the namespace that may have the workload as a target, or whose Secret it consumes; each once. */
  readonly specs: readonly RestartSpec[];
  /** Whether Keytender writes the Secret with this name in the namespace of the workload. */
  readonly isManaged: (secretName: string) => boolean;
  /** Whether a target that does not consume the Secret needs the annotation `restart: "true"`. */
  readonly needsAnnotation: boolean;
}

export interface Demands {
  readonly demands: readonly Demand[];
  readonly refused: readonly RefusedDemand[];
}

/** In the order of the groups. */
export function demandsOf(consumer: Consumer, facts: DemandFacts): Demands {
  const all = [...facts.specs.flatMap((spec) => demandOf(spec, consumer) ?? []), ...annotated(consumer, facts)];
  const judged = all.map((demand) => ({ demand, refusal: refusalOf(demand, consumer, facts) }));
  return {
    demands: judged.flatMap(({ demand, refusal }) => (refusal === undefined ? [demand] : [])),
    refused: judged.flatMap(({ demand, refusal }) => (refusal === undefined ? [] : [{ demand, refusal }])),
  };
}

function demandOf(spec: RestartSpec, consumer: Consumer): Demand | undefined {
  const source: SourceName = { kind: 'Secret', name: spec.secretName };
  const consumption = consumptionOf(consumer, source);
  if (!isMember(spec, consumer)) return undefined;
  return {
    group: spec.group,
    source,
    keys: bothKeys(spec.keys, consumption?.keys ?? 'all'),
    policy: spec.policy,
    ...(consumption !== undefined && { consumption }),
    owner: spec.owner,
  };
}

/** Whether the policy governs the workload. */
export function isMember({ members, secretName }: RestartSpec, consumer: Consumer): boolean {
  if (members === 'none') return false;
  if (members === 'discover') return consumptionOf(consumer, { kind: 'Secret', name: secretName }) !== undefined;
  return members.some((member) => isTarget(member, consumer));
}

function isTarget(target: RestartMember, { kind, metadata }: Consumer): boolean {
  if (target.kind !== kind) return false;
  return 'name' in target ? target.name === metadata.name : selects(target.selector, metadata.labels ?? {});
}

export function consumptionOf({ consumes }: Consumer, source: SourceName): Consumption | undefined {
  return consumes.find(({ kind, name }) => kind === source.kind && name === source.name);
}

/** A workload that asks for restarts is restarted for each managed Secret that it consumes and that no ExternalSecret restarts it for. */
function annotated(consumer: Consumer, { specs, isManaged }: DemandFacts): readonly Demand[] {
  if (consumer.settings.restart !== true) return [];
  const governed = new Set(specs.filter((spec) => isMember(spec, consumer)).map(({ secretName }) => secretName));
  const { namespace = '' } = consumer.metadata;
  return consumer.consumes
    .filter(({ kind, name, effect }) => kind === 'Secret' && effect === 'restart' && !governed.has(name) && isManaged(name))
    .map((consumption) => ({
      group: `Secret/${namespace}/${consumption.name}`,
      source: { kind: consumption.kind, name: consumption.name },
      keys: consumption.keys,
      policy: defaultPolicy,
      consumption,
    }));
}

function bothKeys(left: Demand['keys'], right: Demand['keys']): Demand['keys'] {
  if (left === 'all') return right;
  if (right === 'all') return left;
  const others = new Set(right);
  return left.filter((key) => others.has(key));
}

function refusalOf(
  { consumption }: Demand,
  { settings }: Consumer,
  { needsAnnotation }: DemandFacts,
): RefusedDemand['refusal'] | undefined {
  if (settings.restart === false) return 'OptedOut';
  if (consumption === undefined) return needsAnnotation && settings.restart !== true ? 'NotAnnotated' : undefined;
  if (consumption.effect === 'live') return 'LiveReload';
  return consumption.effect === 'image-pull' ? 'ImagePull' : undefined;
}
