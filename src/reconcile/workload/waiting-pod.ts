/** Names the pod that keeps a rollout from being complete, and its reason. Reads a few pods: those of the workload that were created last. */
import { builtin } from '../../api/object/builtin-types.ts';
import type { KubeObject } from '../../api/object/object.ts';
import type { Consumer } from '../../restart/consumer/consumer.ts';
import { hungPod } from '../../restart/rollout/hung-pod.ts';
import { hungWords } from '../../restart/rollout/rollout-words.ts';
import { waitingPod, waitingWords } from '../../restart/rollout/waiting-pods.ts';
import { belongsTo } from '../../restart/pods/oldest-pod-search.ts';
import type { LabelSelector } from '../../api/object/label-selector.ts';
import { podSelector } from '../../restart/pods/pod-selector.ts';
import type { WorkloadContext } from './context.ts';
import { podOwnerOf } from './pod-owner.ts';

/** Pods whose metadata is looked at, and those that are read. */
const LISTED = 250;
const READ = 5;

interface SelectingObject extends KubeObject {
  readonly spec?: { readonly selector?: LabelSelector };
}

export interface WaitingPodWords {
  readonly words: string;
  /** False: it may only be slow, and tell more later. */
  readonly isStuck: boolean;
}

/** Undefined: none waits, or it cannot be read; the rollout is reported without it. */
export async function waitingPodOf(
  consumer: Consumer,
  context: WorkloadContext,
  signal: AbortSignal,
): Promise<WaitingPodWords | undefined> {
  const pods = await youngestPods(consumer, context, signal);
  const hung = hungPod(consumer, pods);
  if (hung !== undefined) return { words: hungWords(hung), isStuck: true };
  const waiting = waitingPod(pods);
  return waiting && { words: waitingWords(waiting), isStuck: waiting.isStuck };
}

async function youngestPods(consumer: Consumer, context: WorkloadContext, signal: AbortSignal): Promise<readonly KubeObject[]> {
  const { reader, type } = context;
  const owner = podOwnerOf(consumer, context);
  const { namespace = '', name } = consumer.metadata;
  const live = await reader.get<SelectingObject>(type, { namespace, name }, signal);
  const selector = live.ok ? podSelector(live.value.spec?.selector) : undefined;
  if (selector?.selects !== 'some') return [];
  const page = await reader.metadataPage(builtin.pod, { namespace, labelSelector: selector.text, limit: LISTED }, signal);
  if (!page.ok) return [];
  const own = page.value.objects.filter((pod) => belongsTo(pod, owner));
  const youngest = own.toSorted((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1)).slice(0, READ);
  const read: KubeObject[] = [];
  for (const { metadata } of youngest) {
    const pod = await reader.get<KubeObject>(builtin.pod, { namespace, name: metadata.name }, signal);
    if (pod.ok) read.push(pod.value);
  }
  return read;
}
