/** The changes in the cluster that queue workloads of one kind. Handlers only enqueue: the reconciler decides whether there is work. */
import type { Dialect } from '../../api/dialect.ts';
import type { ExternalSecretObject } from '../../api/schema/external-secret.ts';
import type { KubeObject } from '../../api/object/object.ts';
import type { ResourceType } from '../../api/object/resource-type.ts';
import type { ManagedSecret } from '../../apply/managed-secret.ts';
import { type Key, keyOf } from '../../base/key.ts';
import { priority } from '../../base/priority.ts';
import type { Enqueuer } from '../../queue/port.ts';
import { consumerTypes } from '../../restart/consumer/consumer-types.ts';
import type { Consumer, ConsumerKind } from '../../restart/consumer/consumer.ts';
import type { RestartSpec } from '../../restart/demand/restart-spec.ts';
import type { SlicedWakes } from '../../view/sliced-wakes.ts';
import { managedSecretKind, namespaceKind } from '../../view/supporting-kinds.ts';
import { onOwn, onSupporting, type WakeRule } from '../../view/wake-rule.ts';
import type { EventHandler, ObjectStore } from '../../watch/port.ts';
import { anyOf, deletionBegun, generationChanged, keptChanged } from '../../watch/predicates.ts';
import { keyOfObject } from '../../watch/store.ts';
import type { RestartSpecs } from '../shared/restart-specs.ts';

export interface WorkloadWakeContext {
  readonly kind: ConsumerKind;
  readonly type: ResourceType;
  readonly consumers: ObjectStore<Consumer>;
  readonly specs: RestartSpecs;
  readonly queue: Enqueuer;
  readonly walks: SlicedWakes;
  /** Whether annotations of Stakater Reloader count in namespaces with some labels only. */
  readonly selectsNamespaces: boolean;
}

/** What the workloads of the API groups that the process serves are restarted for. */
export interface WakingSide {
  readonly dialect: Dialect;
  readonly externalSecrets: ObjectStore<ExternalSecretObject>;
}

export function workloadWakes(sides: readonly WakingSide[], context: WorkloadWakeContext): readonly WakeRule[] {
  const ofSides = sides.flatMap((side) => [
    onOwn(side.dialect.kinds.externalSecret, onRestartSpec(side, context)),
    onSupporting(managedSecretKind(side.dialect), onContent(side, context)),
  ]);
  const ofTemplates = context.kind === 'Deployment' ? [onOwn(consumerTypes.Rollout, onReferringRollout(context))] : [];
  const ofNamespaces = context.selectsNamespaces ? [onSupporting(namespaceKind, onNamespace(context))] : [];
  return [onOwn(context.type, onConsumer(context)), ...ofTemplates, ...ofSides, ...ofNamespaces];
}

/** Its labels may have changed. */
function onNamespace({ kind, consumers, queue, walks }: WorkloadWakeContext): EventHandler<KubeObject> {
  return ({ object: { metadata }, initial }) => {
    if (initial === true) return;
    walks.walk(`namespace ${kind} ${metadata.name}`, {
      namespace: metadata.name,
      keys: () => consumers.keysByIndex('namespace', metadata.name),
      wake: (key) => queue.add(key, priority.change),
    });
  };
}

function onConsumer({ queue }: WorkloadWakeContext): EventHandler<Consumer> {
  return ({ object, initial }) => queue.add(keyOfObject(object), initial === true ? priority.periodic : priority.change);
}

/** A Rollout that takes its template from a Deployment has the state of its rollout. */
function onReferringRollout(context: WorkloadWakeContext): EventHandler<Consumer> {
  return ({ object, before, initial }) => {
    if (initial === true) return;
    const { namespace = '' } = object.metadata;
    for (const name of new Set([before?.workloadRef, object.workloadRef]))
      if (name !== undefined) wakeNamed(keyOf(namespace, name), context);
  };
}

const specChanged = anyOf(generationChanged, deletionBegun, keptChanged);

/** The workloads that the specification names, and those that it named before. After a start all workloads are queued anyway. */
function onRestartSpec({ dialect }: WakingSide, context: WorkloadWakeContext): EventHandler<ExternalSecretObject> {
  return (event) => {
    if (event.initial === true || !specChanged(event)) return;
    for (const object of [event.before, event.object]) {
      const spec = object && context.specs.of(dialect.kinds.externalSecret, object);
      if (spec !== undefined) wakeGoverned(spec, context);
    }
  };
}

/** The consumers of a Secret whose records have changed, and the workloads that its writers name. */
function onContent({ dialect, externalSecrets }: WakingSide, context: WorkloadWakeContext): EventHandler<ManagedSecret> {
  return ({ type, object, before, initial }) => {
    if (initial === true || (type === 'modified' && sameContents(before, object))) return;
    const { namespace = '', name } = object.metadata;
    wakeConsumers(namespace, name, context);
    context.walks.walk(`writers ${context.kind} ${namespace}/${name}`, {
      namespace,
      keys: () => externalSecrets.keysByIndex('target', `${namespace}/${name}`),
      wake: (key) => {
        const writer = externalSecrets.get(key);
        const spec = writer && context.specs.of(dialect.kinds.externalSecret, writer);
        if (spec !== undefined && spec.members !== 'discover') wakeGoverned(spec, context);
      },
    });
  };
}

/** A, B, A is two changes: events can be merged, so the number counts. */
function sameContents(before: ManagedSecret | undefined, { records }: ManagedSecret): boolean {
  if (before?.records.size !== records.size) return false;
  return [...records].every(
    ([
      uid,
      {
        record: { content, sequence },
      },
    ]) => {
      const former = before.records.get(uid)?.record;
      return former?.content === content && former.sequence === sequence;
    },
  );
}

function wakeGoverned(spec: RestartSpec, context: WorkloadWakeContext): void {
  const { kind, queue } = context;
  const { secretName, members, owner } = spec;
  const { namespace } = owner;
  if (members === 'discover') wakeConsumers(namespace, secretName, context);
  const ofKind = typeof members === 'string' ? [] : members.filter((target) => target.kind === kind);
  for (const target of ofKind) if ('name' in target) wakeNamed(keyOf(namespace, target.name), context);
  if (!ofKind.some((target) => 'selector' in target)) return;
  context.walks.walk(`selected ${kind} ${namespace}`, {
    namespace,
    keys: () => context.consumers.keysByIndex('namespace', namespace),
    wake: (key) => queue.add(key, priority.change),
  });
}

function wakeNamed(key: Key, { consumers, queue }: WorkloadWakeContext): void {
  if (consumers.get(key) !== undefined) queue.add(key, priority.change);
}

function wakeConsumers(namespace: string, secretName: string, { kind, consumers, queue, walks }: WorkloadWakeContext): void {
  walks.walk(`consumers ${kind} ${namespace}/${secretName}`, {
    namespace,
    keys: () => consumers.keysByIndex('consumes', `Secret/${namespace}/${secretName}`),
    wake: (key) => queue.add(key, priority.change),
  });
}
