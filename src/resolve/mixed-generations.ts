/** Finds values of one remote secret that are of different generations. Values that were written together must be used together. Pure. */
import type { SecretVersion } from '../aws/port.ts';

/**
 * True if two reads contradict each other: a stage of one secret has two versions (read by name and by ARN, before and after a change), or
 * a version was AWSCURRENT in one read and AWSPREVIOUS in another.
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
    // A version can have several custom labels, and a response need not contain all of them. Of these two stages it always contains those
    // of the version.
    const generation = ['AWSCURRENT', 'AWSPREVIOUS'].filter((stage) => stages.includes(stage)).join(' ');
    if (generation !== '' && contradicts(`version ${versionId} of ${arn}`, generation)) return true;
  }
  return false;
}
