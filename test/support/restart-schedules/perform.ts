/** Carries out the actions of a schedule. */
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import type { KubeObject } from '../../../src/api/object/object.ts';
import type { Fault } from '../fakes/memory-api.ts';
import { modelTypes } from '../fakes/rollout-model.ts';
import type { Action } from './actions.ts';
import { NAMESPACE, type PlannedWorkload, workloadBody, workloadOf, writerOf } from './objects.ts';
import type { World } from './world.ts';

interface WithTemplate extends KubeObject {
  readonly spec: {
    readonly template: {
      readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly object[] };
    };
  };
}

const KINDS: Readonly<Record<Extract<Action, { do: 'fault' }>['of'], readonly string[] | undefined>> = {
  any: undefined,
  workload: ['Deployment', 'StatefulSet', 'DaemonSet'],
  secret: ['Secret'],
  ledger: ['ConfigMap'],
};

/** What users and clusters did that may keep a workload from being rolled, and that is not undone at the end. */
export class Injected {
  readonly gitOps = new Map<string, { left: number; readonly delay: number }>();
  /** Templates of each workload before the present one, the last one last. */
  readonly templates = new Map<string, object[]>();
  /** How often GitOps took markers back. */
  readonly reverts = new Map<string, number>();
  /** Which keys changed may be unknown: the digest key was lost, or the Secret was deleted or changed by another client. Then each key counts as changed. */
  areKeysUnknown = false;
  /** Workloads that may have been unhealthy at their restart: they prove nothing for their wave. */
  readonly disturbed = new Set<string>();
  /** When the policy of an ExternalSecret was changed last. */
  readonly policyEditedAt = new Map<string, number>();
  /** When workloads were restarted last may be unknown. */
  isLedgerLost = false;
}

type Performers = {
  readonly [D in Action['do']]: (action: Extract<Action, { do: D }>, world: World, injected: Injected) => void | Promise<void>;
};

export async function perform(action: Action, world: World, injected: Injected): Promise<void> {
  if ('workload' in action) injected.disturbed.add(action.workload);
  const performer = performers[action.do] as (one: Action, world: World, injected: Injected) => void | Promise<void>;
  await performer(action, world, injected);
}

function template(world: World, workload: PlannedWorkload): WithTemplate['spec']['template'] | undefined {
  return (world.find(workload) as WithTemplate | undefined)?.spec.template;
}

function remember(world: World, injected: Injected, workload: PlannedWorkload): void {
  const present = template(world, workload);
  if (present !== undefined) injected.templates.set(workload.name, [...(injected.templates.get(workload.name) ?? []), present]);
}

/** Replaces the whole template, also its annotations. */
function setTemplate(world: World, workload: PlannedWorkload, next: object): void {
  const object = world.find(workload) as WithTemplate | undefined;
  if (object !== undefined) world.api.put(modelTypes[workload.kind], { ...object, spec: { ...object.spec, template: next } });
}

const performers: Performers = {
  set: ({ writer, values }, world) => world.setValues(writer, values),
  policy: ({ writer, change }, world, injected) => {
    injected.policyEditedAt.set(writer, world.clock.now());
    world.api.edit(keytender.kinds.externalSecret, NAMESPACE, writer, { spec: { restart: change } });
  },
  deploy: ({ workload }, world, injected) => {
    const of = workloadOf(workload);
    remember(world, injected, of);
    const containers = template(world, of)?.spec.containers.map((one) => ({ ...one, image: `app:${world.random.between(2, 1_000_000)}` }));
    if (containers !== undefined) world.edit(of, { spec: { template: { spec: { containers } } } });
  },
  undo: ({ workload }, world, injected) => {
    const former = injected.templates.get(workload)?.pop();
    if (former !== undefined) setTemplate(world, workloadOf(workload), former);
  },
  pause: ({ workload, on }, world) => world.edit(workloadOf(workload), { spec: { paused: on ? true : null } }),
  partition: ({ workload, to }, world) =>
    world.edit(workloadOf(workload), { spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: to } } } }),
  onDelete: ({ workload, on }, world) =>
    world.edit(workloadOf(workload), {
      spec: { updateStrategy: on ? { type: 'OnDelete', rollingUpdate: null } : { type: 'RollingUpdate' } },
    }),
  deletePod: ({ workload }, world) => {
    const of = workloadOf(workload);
    const [first] = world.model.podsOf(of);
    if (first !== undefined) world.model.deletePod(of, first.pod.uid);
    world.touch(workload);
  },
  break: ({ workload }, world) => {
    world.model.broken.add(idOf(workloadOf(workload)));
  },
  mend: ({ workload }, world) => {
    world.model.broken.delete(idOf(workloadOf(workload)));
    world.touch(workload);
  },
  scale: ({ workload, to }, world) => world.edit(workloadOf(workload), { spec: { replicas: to } }),
  remove: ({ workload }, world) => {
    const { kind, name } = workloadOf(workload);
    world.api.remove(modelTypes[kind], NAMESPACE, name);
  },
  create: ({ workload }, world) => {
    const of = workloadOf(workload);
    if (world.find(of) === undefined) world.api.put(modelTypes[of.kind], workloadBody(of));
  },
  gitOps: ({ workload, times, delay }, _world, injected) => {
    injected.gitOps.set(workload, { left: times, delay });
  },
  fault: (action, world) => injectFault(action, world),
  kill: ({ down }, world) => {
    if (world.leader !== undefined) world.crash(world.leader, down);
  },
  usurp: async ({ overlap, frozen }, world) => {
    const old = world.leader;
    if (old === undefined) return;
    for (const resource of frozen) old.pipes.hold(resource, overlap + 1);
    await world.lead();
    world.after(overlap, () => world.crash(old));
  },
  hold: ({ resource, time }, world) => world.leader?.pipes.hold(resource, time),
  relist: (_action, world) => world.leader?.relist(),
  newDigestKey: (_action, world, injected) => {
    injected.areKeysUnknown = true;
    world.newDigestKey();
    if (world.leader !== undefined) world.crash(world.leader, 1_000);
  },
  loseLedger: (_action, world, injected) => {
    injected.isLedgerLost = true;
    for (const { metadata } of world.api.all(builtin.configMap)) world.api.remove(builtin.configMap, 'ops', metadata.name);
  },
  drift: ({ writer }, world, injected) => {
    const { secret, keys } = writerOf(writer);
    injected.areKeysUnknown = true;
    world.api.edit(builtin.secret, NAMESPACE, secret, { data: { [keys[0] ?? '']: Buffer.from('drifted').toString('base64') } });
  },
  deleteSecret: ({ writer }, world, injected) => {
    injected.areKeysUnknown = true;
    world.api.remove(builtin.secret, NAMESPACE, writerOf(writer).secret);
  },
  slow: ({ watch, request, kubelet }, world) => {
    world.watchDelay = watch;
    world.requestTime = request;
    world.kubeletLag = kubelet;
    for (const process of world.processes) process.pipes.delay(watch);
  },
  wait: () => undefined,
};

function injectFault({ fault, of, skip, times }: Extract<Action, { do: 'fault' }>, world: World): void {
  const kinds = KINDS[of];
  const counts = { skip, times };
  world.fault = (call): Fault | undefined => {
    if ((kinds !== undefined && !kinds.includes(call.kind)) || (of === 'workload' && call.verb !== 'patch')) return undefined;
    if (fault === 'conflict' && call.verb !== 'patch') return undefined;
    if (counts.skip > 0) {
      counts.skip -= 1;
      return undefined;
    }
    if (counts.times === 0) return undefined;
    counts.times -= 1;
    return fault;
  };
}

export function idOf({ kind, namespace, name }: PlannedWorkload): string {
  return `${kind}/${namespace}/${name}`;
}

const MARKER = keytender.annotations.restartPrefix;

/** A GitOps tool that keeps the whole template takes each marker back. */
export function followGitOps(world: World, injected: Injected): void {
  world.api.watchers.add(({ resource, object }) => {
    const { name } = object.metadata;
    const plan = injected.gitOps.get(name);
    if (!resource.endsWith('.apps') || plan === undefined || plan.left === 0) return;
    const annotations = (object as unknown as WithTemplate).spec.template.metadata?.annotations ?? {};
    if (!Object.keys(annotations).some((one) => one.startsWith(MARKER))) return;
    world.after(plan.delay, () => revert(world, injected, name));
  });
}

function revert(world: World, injected: Injected, name: string): void {
  const plan = injected.gitOps.get(name);
  const present = template(world, workloadOf(name))?.metadata?.annotations ?? {};
  const markers = Object.keys(present).filter((one) => one.startsWith(MARKER));
  if (plan === undefined || plan.left === 0 || markers.length === 0) return;
  plan.left -= 1;
  injected.reverts.set(name, (injected.reverts.get(name) ?? 0) + 1);
  world.edit(workloadOf(name), {
    spec: { template: { metadata: { annotations: Object.fromEntries(markers.map((one) => [one, null])) } } },
  });
}
