// The output of the applications of e2e tests, from kubectl logs.
import { createHash } from 'node:crypto';
import type { UserScene } from './scene.ts';
import { eventually } from './scene.ts';

/** Digests of test values only: no value is in a log, and none can be guessed from one. */
export const SALT = 'keytender-e2e';

export function digestOf(value: string): string {
  return createHash('sha256').update(SALT).update(value).digest('hex');
}

/** A line of print-digests.ts. */
export interface Sight {
  readonly at: number;
  readonly source: 'env' | 'file';
  readonly key: string;
  readonly digest: string;
}

/** The lines of a pod or of a workload's newest pod ("deployment/web"), oldest first. Empty while it has not started. */
export async function logLines<T>(scene: UserScene, namespace: string, what: string): Promise<readonly T[]> {
  const { code, stdout } = await scene.controlPlane.kubectl(['logs', '--namespace', namespace, what]);
  if (code !== 0) return [];
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as T);
}

/** Resolves with the line in which a pod first says that it sees this value. */
export function untilSeen(
  scene: UserScene,
  namespace: string,
  pod: string,
  seen: { readonly source: Sight['source']; readonly key: string; readonly value: string },
): Promise<Sight> {
  const digest = digestOf(seen.value);
  return eventually(`${pod} sees the value of ${seen.key} in its ${seen.source}`, async () => {
    const lines = await logLines<Sight>(scene, namespace, pod);
    return lines.find((line) => line.source === seen.source && line.key === seen.key && line.digest === digest);
  });
}
