/** Finds values of one remote secret that are of different generations. Values that were written together must be used together. Pure. */
import type { SecretVersion } from '../../aws/port.ts';

/**
 * ARNs of the secrets of which two reads contradict each other: a stage on two versions (read by name and by ARN, before and after a
 * change), or a version that was AWSCURRENT in one read and AWSPREVIOUS in another.
 */
export function mixedGenerations(versions: Iterable<SecretVersion>): ReadonlySet<string> {
  const mixed = new Set<string>();
  const known = new Map<string, string>();
  const note = (arn: string, about: string, fact: string): void => {
    const before = known.get(`${about} of ${arn}`);
    if (before !== undefined && before !== fact) mixed.add(arn);
    known.set(`${about} of ${arn}`, fact);
  };
  for (const { arn, stages, versionId } of versions) {
    for (const stage of stages) note(arn, `stage ${stage}`, versionId);
    // Labels of one's own may sit on one version together, and an answer need not name them all; of these two it names those that it bears.
    const generation = ['AWSCURRENT', 'AWSPREVIOUS'].filter((stage) => stages.includes(stage)).join(' ');
    if (generation !== '') note(arn, `version ${versionId}`, generation);
  }
  return mixed;
}
