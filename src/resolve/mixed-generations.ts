/** DESIGN section 1, invariant 2: values of one remote secret that are written together belong together. Pure. */
import type { SecretVersion } from '../aws/port.ts';

/**
 * True when two of the reads contradict each other: a stage of one secret on two versions (read by name and by ARN, before and after a
 * change), or a version that was AWSCURRENT in one read and AWSPREVIOUS in another.
 */
export function mixedGenerations(versions: Iterable<SecretVersion>): boolean {
  const known = new Map<string, string>();
  const contradicts = (about: string, fact: string): boolean => {
    const before = known.get(about);
    known.set(about, fact);
    return before !== undefined && before !== fact;
  };
  for (const { arn, stages, versionId } of versions) {
    for (const stage of stages) if (contradicts(`stage ${stage} of ${arn}`, versionId)) return true;
    // Labels of one's own may sit on one version together, and an answer need not name them all; of these two it names those that it bears.
    const generation = ['AWSCURRENT', 'AWSPREVIOUS'].filter((stage) => stages.includes(stage)).join(' ');
    if (generation !== '' && contradicts(`version ${versionId} of ${arn}`, generation)) return true;
  }
  return false;
}
