/** The restart marker: the name of its annotation on the pod template. Pure. */
import { createHash } from 'node:crypto';
import { names } from '../api/names.ts';

/** The name part of an annotation key is 63 characters at most; names of Secrets go up to 253. */
const MAX_NAME = 63;

/**
 * One annotation for each source Secret, so that two resources never overwrite each other's. A writer that merges keys into a shared Secret
 * speaks for its own keys only, so it has a marker of its own.
 */
export function markerName(secretName: string, mergingWriter: string | undefined): string {
  const source = mergingWriter === undefined ? secretName : `${secretName}.${mergingWriter}`;
  return `${names.annotations.restartPrefix}${bounded(source)}`;
}

function bounded(name: string): string {
  if (name.length <= MAX_NAME) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return `${name.slice(0, MAX_NAME - hash.length - 1).replace(/[^a-z0-9]+$/, '')}-${hash}`;
}
