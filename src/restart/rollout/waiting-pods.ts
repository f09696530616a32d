/**
 * Which pod of a workload is not ready, and why. Pure. Only reasons are read, which come from Kubernetes: messages of containers are texts of applications, which
 * print values there.
 */
import { countOf, listOf, memberOf, textOf } from '../../base/members.ts';

export interface WaitingPod {
  readonly name: string;
  /** A reason of kubelet or the scheduler, such as CrashLoopBackOff or Unschedulable; NotReady; Terminating. */
  readonly reason: string;
  /** Whether the pod needs help. False: it may only be slow. */
  readonly isStuck: boolean;
  readonly container?: string;
  /** How the container ended before. */
  readonly ended?: { readonly reason: string; readonly exitCode: number };
  /** RFC 3339. */
  readonly createdAt: string;
  /** The label `controller-revision-hash`: for a StatefulSet the name of the revision whose template the pod has. */
  readonly revision?: string;
}

/** Reasons for which kubelet reports a container that is only slow. */
const SLOW: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);
/** Reasons are words of Kubernetes. Anything else could be anybody's text. */
const REASON = /^[A-Z][A-Za-z]{1,62}$/;
const UNKNOWN = 'Unknown';
const REVISION_LABEL = 'controller-revision-hash';
const OBJECT_NAME = /^[a-z0-9][-a-z0-9.]{0,252}$/;
const REVISION = /^[-A-Za-z0-9_.]{1,63}$/;
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]{8,18}Z$/;

/** From the pod that tells most to the one that tells least. */
const RANKS = ['stuck', 'not ready', 'slow', 'terminating'] as const;
type Rank = (typeof RANKS)[number];

interface Finding {
  readonly rank: Rank;
  readonly reason: string;
  readonly container?: string;
  readonly ended?: NonNullable<WaitingPod['ended']>;
}

interface Found {
  readonly rank: number;
  readonly pod: WaitingPod;
}

/** `pods`: as the API server holds them. The one that tells most, and among equal ones the first by name. Undefined: all are ready or have ended. */
export function waitingPod(pods: Iterable<unknown>): WaitingPod | undefined {
  let found: Found | undefined;
  for (const pod of pods) {
    const next = findingOf(pod);
    if (next !== undefined && (found === undefined || isBefore(next, found))) found = next;
  }
  return found?.pod;
}

/** `pod "web-0": container "app" CrashLoopBackOff (ended with OOMKilled, exit code 137)`. */
export function waitingWords({ name, reason, container, ended }: WaitingPod): string {
  const where = container === undefined ? '' : `container "${container}" `;
  const before = ended === undefined ? '' : ` (ended with ${ended.reason}, exit code ${ended.exitCode})`;
  return `pod "${name}": ${where}${reason}${before}`;
}

function isBefore(one: Found, other: Found): boolean {
  return one.rank === other.rank ? one.pod.name < other.pod.name : one.rank < other.rank;
}

function findingOf(pod: unknown): Found | undefined {
  const [metadata, status] = [memberOf(pod, 'metadata'), memberOf(pod, 'status')];
  const name = textOf(metadata, 'name');
  const finding = name === undefined || !OBJECT_NAME.test(name) ? undefined : findingIn(metadata, status);
  if (name === undefined || finding === undefined) return undefined;
  const { rank, ...why } = finding;
  const revision = matching(textOf(memberOf(metadata, 'labels'), REVISION_LABEL), REVISION);
  const createdAt = matching(textOf(metadata, 'creationTimestamp'), TIME) ?? '';
  const isStuck = rank === 'stuck';
  return {
    rank: RANKS.indexOf(rank),
    pod: { name, ...why, isStuck, createdAt, ...(revision === undefined ? {} : { revision }) },
  };
}

function findingIn(metadata: unknown, status: unknown): Finding | undefined {
  const phase = textOf(status, 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') return undefined;
  if (memberOf(metadata, 'deletionTimestamp') !== undefined) return { rank: 'terminating', reason: 'Terminating' };
  const waiting = [...listOf(status, 'initContainerStatuses'), ...listOf(status, 'containerStatuses')].flatMap(waitingContainer);
  const stuck = waiting.find(({ rank }) => rank === 'stuck');
  return stuck ?? unscheduled(status) ?? waiting[0] ?? notReady(status);
}

function waitingContainer(container: unknown): readonly Finding[] {
  const waiting = memberOf(memberOf(container, 'state'), 'waiting');
  if (waiting === undefined || waiting === null) return [];
  const reason = matching(textOf(waiting, 'reason'), REASON) ?? UNKNOWN;
  const name = matching(textOf(container, 'name'), OBJECT_NAME);
  const ended = endOf(memberOf(memberOf(container, 'lastState'), 'terminated'));
  return [
    {
      rank: SLOW.has(reason) || reason === UNKNOWN ? 'slow' : 'stuck',
      reason,
      ...(name === undefined ? {} : { container: name }),
      ...(ended === undefined ? {} : { ended }),
    },
  ];
}

function endOf(terminated: unknown): WaitingPod['ended'] {
  const reason = matching(textOf(terminated, 'reason'), REASON);
  return reason === undefined ? undefined : { reason, exitCode: countOf(terminated, 'exitCode', 0) };
}

function unscheduled(status: unknown): Finding | undefined {
  const scheduled = conditionIn(status, 'PodScheduled');
  if (textOf(scheduled, 'status') !== 'False') return undefined;
  return { rank: 'stuck', reason: matching(textOf(scheduled, 'reason'), REASON) ?? UNKNOWN };
}

/** A pod without conditions has not been looked at by a node. */
function notReady(status: unknown): Finding | undefined {
  const ready = textOf(conditionIn(status, 'Ready'), 'status');
  if (ready === 'True') return undefined;
  return ready === undefined ? { rank: 'slow', reason: 'Pending' } : { rank: 'not ready', reason: 'NotReady' };
}

function conditionIn(status: unknown, type: string): unknown {
  return listOf(status, 'conditions').find((condition) => textOf(condition, 'type') === type);
}

function matching(text: string | undefined, pattern: RegExp): string | undefined {
  return text !== undefined && pattern.test(text) ? text : undefined;
}
