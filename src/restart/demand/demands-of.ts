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
  /** What the workload asks for by annotations of Stakater Reloader. */
  readonly asked: readonly AskedSource[];
}

/** A source that annotations of the workload name. */
export interface AskedSource extends SourceName {
  readonly keys: 'all' | readonly string[];
  /** list: the workload names it, whether it consumes it or not. Otherwise it consumes it. */
  readonly by: 'list' | 'auto' | 'search';
}

export interface Demands {
  readonly demands: readonly Demand[];
  readonly refused: readonly RefusedDemand[];
}

/** In the order of the groups. */
export function demandsOf(consumer: Consumer, facts: DemandFacts): Demands {
  const asked = askedDemands(consumer, facts);
  const all = [...facts.specs.flatMap((spec) => demandOf(spec, consumer) ?? []), ...asked, ...annotated(consumer, facts, asked)];
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
function annotated(consumer: Consumer, { specs, isManaged }: DemandFacts, asked: readonly Demand[]): readonly Demand[] {
  if (consumer.settings.restart !== true) return [];
  const governed = new Set(specs.filter((spec) => isMember(spec, consumer)).map(({ secretName }) => secretName));
  for (const { source } of asked) if (source.kind === 'Secret') governed.add(source.name);
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

/** An ExternalSecret that restarts the workload for all keys of its Secret has the say: its policy is the one that somebody wrote. */
function askedDemands(consumer: Consumer, { specs, asked }: DemandFacts): readonly Demand[] {
  if (asked.length === 0) return [];
  const governed = new Set(specs.filter((spec) => spec.keys === 'all' && isMember(spec, consumer)).map(({ secretName }) => secretName));
  const { namespace = '' } = consumer.metadata;
  return asked
    .filter(({ kind, name }) => kind !== 'Secret' || !governed.has(name))
    .map(({ kind, name, keys, by }) => {
      const consumption = consumptionOf(consumer, { kind, name });
      const counts = consumption !== undefined && (by !== 'list' || consumption.effect === 'live');
      return {
        group: `${kind}/${namespace}/${name}`,
        source: { kind, name },
        keys,
        policy: defaultPolicy,
        ...(counts && { consumption }),
      };
    });
}

function bothKeys(left: Demand['keys'], right: Demand['keys']): Demand['keys'] {
  if (left === 'all') return right;
  if (right === 'all') return left;
  const others = new Set(right);
  return left.filter((key) => others.has(key));
}

/** If not all references of the workload are kept, the source may be among the others, so it counts as consumed. */
function refusalOf(
  { consumption, owner }: Demand,
  { settings, hasMoreReferences }: Consumer,
  { needsAnnotation }: DemandFacts,
): RefusedDemand['refusal'] | undefined {
  if (settings.restart === false) return 'OptedOut';
  if (consumption === undefined) {
    const isAnnotated = owner === undefined || settings.restart === true || hasMoreReferences;
    return needsAnnotation && !isAnnotated ? 'NotAnnotated' : undefined;
  }
  if (consumption.effect === 'live') return 'LiveReload';
  return consumption.effect === 'image-pull' ? 'ImagePull' : undefined;
}
