/**
 * What must hold at the end: each running pod has read the present content of what it consumes and what counts, or its workload is reported as Blocked or Failed,
 * or waits for one that is, for a reason that was injected.
 */
import type { ExternalSecretObject } from '../../../src/api/schema/external-secret.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import type { SecretObject } from '../../../src/api/object/object.ts';
import { groupResource } from '../../../src/api/object/resource-type.ts';
import type { MemberView } from '../../../src/restart/admission/view.ts';
import { NAMESPACE, type PlannedWorkload, workloads, type Writer, writers } from './objects.ts';
import { idOf, type Injected } from './perform.ts';
import type { World } from './world.ts';

export interface Counted {
  readonly secret: string;
  readonly keys: readonly string[];
  /** Id of the group that wants it. */
  readonly group: string;
}

/** What counts for the workload, by the present policies. */
export function countedFor(world: World, workload: PlannedWorkload): readonly Counted[] {
  const governed = writers.flatMap((writer) => countedBy(world, writer, workload) ?? []);
  if (workload.annotations === undefined) return governed;
  const own = Object.entries(workload.reads).filter(([secret]) => !governed.some((one) => one.secret === secret));
  return [...governed, ...own.map(([secret, keys]) => ({ secret, keys: keysIn(secret, keys), group: `Secret/${NAMESPACE}/${secret}` }))];
}

function countedBy(world: World, writer: Writer, workload: PlannedWorkload): Counted | undefined {
  const object = world.api.find(keytender.kinds.externalSecret, NAMESPACE, writer.name) as ExternalSecretObject | undefined;
  const restart = (
    object?.spec as
      { restart?: { mode?: string; targets?: readonly { kind: string; name?: string }[]; keys?: readonly string[] } } | undefined
  )?.restart;
  if (restart === undefined) return undefined;
  const read = workload.reads[writer.secret];
  const isTarget = restart.targets?.some(({ kind, name }) => kind === workload.kind && name === workload.name) ?? false;
  if (!isTarget && (restart.mode !== 'Discover' || read === undefined)) return undefined;
  const keys = keysIn(writer.secret, read ?? 'all').filter((key) => restart.keys?.includes(key) ?? true);
  return { secret: writer.secret, keys, group: groupOf(writer.name) };
}

export function groupOf(writer: string): string {
  return `${groupResource(keytender.kinds.externalSecret)}/${NAMESPACE}/${writer}`;
}

function keysIn(secret: string, keys: 'all' | readonly string[]): readonly string[] {
  return keys === 'all' ? writers.filter((one) => one.secret === secret).flatMap((one) => one.keys) : keys;
}

export function lostIn(world: World, injected: Injected): readonly string[] {
  return workloads.flatMap((workload) =>
    countedFor(world, workload).flatMap((counted) => lostFor(world, injected, workload, counted) ?? []),
  );
}

function lostFor(world: World, injected: Injected, workload: PlannedWorkload, counted: Counted): string | undefined {
  const { secret, keys, group } = counted;
  const live = (world.api.find(builtin.secret, NAMESPACE, secret) as SecretObject | undefined)?.data ?? {};
  const old = world.model.podsOf(workload).filter(({ pod, reads }) => {
    const wrong = keys.filter((key) => reads.get(secret)?.[key] !== live[key]);
    return wrong.some((key) => !isDrifted(reads.get(secret)?.[key])) && pod.startedAt <= world.clock.now();
  });
  if (old.length === 0) return undefined;
  const view = world.leader?.engine.view(group);
  const row = view?.members.find(({ consumer }) => consumer === idOf(workload));
  if (isExcused(world, injected, workload, row, group)) return undefined;
  const reads = old.map(
    ({ pod, reads: read }) => `${pod.name}@${new Date(pod.startedAt).toISOString()} read ${JSON.stringify(read.get(secret))}`,
  );
  return `lost: ${workload.name} for ${secret} (${keys.join(',')}): ${reads.join('; ')}; live ${JSON.stringify(live)}; status ${JSON.stringify(row)}`;
}

/** A pod that started while another client had changed the Secret: nobody records that. */
function isDrifted(value: string | undefined): boolean {
  return value === Buffer.from('drifted').toString('base64');
}

const BEHIND_OTHERS: ReadonlySet<string> = new Set(['Halted', 'NoHealthyCanary', 'EarlierWave']);

function isExcused(world: World, injected: Injected, workload: PlannedWorkload, row: MemberView | undefined, group: string): boolean {
  if (row === undefined) return false;
  const { phase, reason = '' } = row;
  if (phase === 'Failed' || reason === 'Superseded') return world.model.broken.has(idOf(workload));
  if (phase === 'Blocked') return isBlockedBy(world, injected, workload, reason);
  if (phase !== 'Pending' || !BEHIND_OTHERS.has(reason)) return false;
  return workloads.some(
    (other) =>
      other !== workload &&
      countedFor(world, other).some((one) => one.group === group) &&
      (isHeldUp(world, injected, other) || (reason === 'NoHealthyCanary' && injected.disturbed.has(other.name))),
  );
}

function isBlockedBy(world: World, injected: Injected, workload: PlannedWorkload, reason: string): boolean {
  const { paused, updateStrategy } = specOf(world, workload);
  switch (reason) {
    case 'Paused':
      return paused === true;
    case 'Partition':
      return (updateStrategy?.rollingUpdate?.partition ?? 0) > 0;
    case 'OnDelete':
      return updateStrategy?.type === 'OnDelete';
    case 'RestartReverted':
      return (injected.reverts.get(workload.name) ?? 0) > 0;
    default:
      return false;
  }
}

function isHeldUp(world: World, injected: Injected, workload: PlannedWorkload): boolean {
  const { paused, updateStrategy, replicas } = specOf(world, workload);
  const isBroken = world.model.broken.has(idOf(workload));
  const stays = paused === true || (updateStrategy?.rollingUpdate?.partition ?? 0) > 0 || updateStrategy?.type === 'OnDelete';
  return isBroken || stays || replicas === 0 || (injected.reverts.get(workload.name) ?? 0) > 0 || world.find(workload) === undefined;
}

interface Spec {
  readonly paused?: boolean;
  readonly replicas?: number;
  readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } };
}

function specOf(world: World, workload: PlannedWorkload): Spec {
  return (world.find(workload) as { readonly spec?: Spec } | undefined)?.spec ?? {};
}
