/** The restart marker: the name of its annotation on the pod template. Pure. */
import { createHash } from 'node:crypto';

/** The name part of an annotation key has at most 63 characters; names of Secrets have up to 253. */
const MAX_NAME = 63;

/** `current`: the annotation that is written. `former`: its name in earlier versions, in which names could collide, if it differs. */
export interface MarkerNames {
  readonly current: string;
  readonly former?: string;
}

/**
 * One annotation for each source Secret, so that two resources do not overwrite each other's marker. A writer that merges keys into a
 * shared Secret restarts for its own keys only, so it has its own marker. Names of Secrets and ExternalSecrets contain no "_", so a joined
 * name differs from every name and from every other pair. `prefix`: prefix of markers, in the dialect of the writer.
 */
export function markerNames(prefix: string, secretName: string, mergingWriter: string | undefined): MarkerNames {
  const source = mergingWriter === undefined ? secretName : `${secretName}_${mergingWriter}`;
  const current = bounded(source, '__');
  const former = bounded(mergingWriter === undefined ? secretName : `${secretName}.${mergingWriter}`, '-');
  return { current: `${prefix}${current}`, ...(current === former ? {} : { former: `${prefix}${former}` }) };
}

/** `joint` comes before the digest that replaces the removed part. */
function bounded(name: string, joint: string): string {
  if (name.length <= MAX_NAME) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return `${name.slice(0, MAX_NAME - hash.length - joint.length).replace(/[^a-z0-9]+$/, '')}${joint}${hash}`;
}
