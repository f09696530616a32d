/** DESIGN section 1, invariant 2: values of one remote secret that are written together belong together. Pure. */
import type { SecretVersion } from '../aws/port.ts';

/**
 * True when two of the reads contradict each other: a stage of one secret on two versions (read by name and by ARN, before and after a
 * change), or a version that was AWSCURRENT in one read and AWSPREVIOUS in another.
 */
export function mixedGenerations(versions: Iterable<SecretVersion>): boolean {
  const stageHolders = new Map<string, string>();
  for (const { arn, stages, versionId } of versions) {
    for (const stage of stages) {
      const place = `${arn}\n${stage}`;
      const holder = stageHolders.get(place);
      if (holder !== undefined && holder !== versionId) return true;
      stageHolders.set(place, versionId);
    }
  }
  return false;
}
