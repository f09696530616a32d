// Minimal workloads for tests of restarts, and the traces of a restart on them.
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../control-plane/wait-until.ts';
import type { AnyObject, Objects } from './objects.ts';

export type Kind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

export const PLURALS: Readonly<Record<Kind, string>> = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' };

const MARKER = 'restart.keytender.dev/';
const RECORD = 'record.keytender.dev/';

/** Makes a workload of one pod. Its pods run only where a pod readier plays kubelet. */
export async function createWorkload(objects: Objects, kind: Kind, name: string, spec: object = {}): Promise<AnyObject> {
  const labels = { app: name };
  return objects.create(PLURALS[kind], {
    metadata: { name },
    spec: {
      selector: { matchLabels: labels },
      ...(kind === 'DaemonSet' ? {} : { replicas: 1 }),
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'app', image: 'app:1' }] } },
      ...spec,
    },
  });
}

/** The content ids in the restart markers on the pod template, by the Secret that they speak of. */
export function markersOf(workload: AnyObject | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(markerTextsOf(workload)).map(([name, text]) => [name, text.replace(/^\d+\./, '')]));
}

/** The same with the numbers of the changes: `<sequence>.<content id>`. */
export function markerTextsOf(workload: AnyObject | undefined): Readonly<Record<string, string>> {
  const annotations = Object.entries(workload?.spec?.template?.metadata?.annotations ?? {});
  return Object.fromEntries(annotations.filter(([name]) => name.startsWith(MARKER)).map(([name, id]) => [name.slice(MARKER.length), id]));
}

/** The content id that the record on a Secret states; of the only record, or of the one that `uid` wrote. */
export function contentOf(secret: AnyObject | undefined, uid?: string): string | undefined {
  const annotations = Object.entries(secret?.metadata.annotations ?? {});
  const record = annotations.find(([name]) => (uid === undefined ? name.startsWith(RECORD) : name === `${RECORD}${uid}`));
  return record === undefined ? undefined : (JSON.parse(record[1]) as { readonly content: string }).content;
}

/** The workload once its marker for this Secret states the content that the Secret holds. */
export async function untilMarked(objects: Objects, kind: Kind, name: string, secretName: string, timeoutMs = 30_000): Promise<AnyObject> {
  return waitUntil(
    `${kind} ${name} is marked with the content of Secret ${secretName}`,
    async () => {
      const [workload, secret] = await Promise.all([objects.get(PLURALS[kind], name), objects.get('secrets', secretName)]);
      const content = contentOf(secret);
      return content !== undefined && markersOf(workload)[secretName] === content ? workload : undefined;
    },
    { timeoutMs },
  );
}

/** The workload once its controller has rolled out its present template: as many ready pods as wanted, all of the new kind. */
export async function untilRolledOut(objects: Objects, kind: Kind, name: string): Promise<AnyObject> {
  return waitUntil(`${kind} ${name} is rolled out`, async () => {
    const workload = await objects.get(PLURALS[kind], name);
    return workload !== undefined && isRolledOut(kind, workload) ? workload : undefined;
  });
}

function isRolledOut(kind: Kind, { metadata, status = {}, spec }: AnyObject): boolean {
  if (status.observedGeneration !== metadata.generation) return false;
  if (kind === 'DaemonSet') {
    const wanted = Number(status['desiredNumberScheduled'] ?? 0);
    return wanted > 0 && status['updatedNumberScheduled'] === wanted && status['numberReady'] === wanted;
  }
  const wanted = (spec as { readonly replicas?: number }).replicas ?? 1;
  const counts = [status['replicas'], status['updatedReplicas'], status['readyReplicas']].map((count) => Number(count ?? 0));
  return counts.every((count) => count === wanted) && (kind !== 'StatefulSet' || status['currentRevision'] === status['updateRevision']);
}

/** Waits until the wall clock has left the second that a time lies in, and so much more: times of objects are whole seconds. */
export async function secondsAfter(time: number, seconds: number): Promise<void> {
  await sleep(Math.max(0, (Math.floor(time / 1_000) + seconds) * 1_000 - Date.now()));
}
