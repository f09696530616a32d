/**
 * Whether somebody else has changed the pod template after our patch, so that the present rollout is not ours: its failure says nothing about the content of the
 * Secret. Pure.
 */
import type { Consumer } from '../consumer/consumer.ts';
import type { WorkloadEntry } from '../ledger/entry.ts';

type Seen = Pick<Consumer, 'kind' | 'metadata' | 'rollout'>;

/** Of a Deployment and of a DaemonSet, templates are numbered. Names of other kinds' templates have no order, so there nobody can tell the next one from ours. */
export function isSuperseded({ kind, metadata, rollout }: Seen, entry: WorkloadEntry | undefined): boolean {
  if (entry?.uid !== metadata.uid || (kind !== 'Deployment' && kind !== 'DaemonSet')) return false;
  const [before, now] = [numeral(entry.revisionBefore), numeral(rollout.updateRevision)];
  return before !== undefined && now !== undefined && now > before + 1;
}

/** The present template of the workload before a patch. Undefined: its controller has not observed it. */
export function observedRevision({
  rollout: { updateRevision, observedGeneration, generation },
}: Pick<Seen, 'rollout'>): string | undefined {
  return observedGeneration >= generation ? updateRevision : undefined;
}

function numeral(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
