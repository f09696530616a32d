// Workloads with annotations of Stakater Reloader, and the Secrets and ConfigMaps that they name: many of them in one namespace, changed at once.
import { waitUntil } from '../control-plane/wait-until.ts';
import type { AnyObject, Objects } from './objects.ts';
import { type Kind, PLURALS, untilRolledOut } from './workloads.ts';

export const RELOADER = 'reloader.stakater.com';

export type Annotations = Readonly<Record<string, string>>;

/** A Secret or ConfigMap. */
export interface Source {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  readonly annotations?: Annotations;
  readonly labels?: Annotations;
  /** Default: exists from the start. */
  readonly isMissing?: boolean;
  /** Data at the start, as text. Default: `{ key: 'before' }`. */
  readonly data?: Readonly<Record<string, string>>;
}

export const secret = (name: string, more: Partial<Source> = {}): Source => ({ kind: 'Secret', name, ...more });
export const configMap = (name: string, more: Partial<Source> = {}): Source => ({ kind: 'ConfigMap', name, ...more });

const SOURCES = { Secret: 'secrets', ConfigMap: 'configmaps' } as const;

export type Form = 'env' | 'envFrom' | 'volume' | 'projected' | 'initEnv' | 'initVolume' | 'subPath';

export interface Workload {
  readonly name: string;
  readonly kind?: Kind;
  /** Annotations of the workload, and of its pod template. */
  readonly on?: Annotations;
  readonly template?: Annotations;
  readonly reads?: readonly (readonly [Form, Source])[];
  readonly replicas?: number;
}

export async function createSource(
  objects: Objects,
  { kind, name, annotations = {}, labels = {}, data = { key: 'before' } }: Source,
): Promise<void> {
  await objects.create(SOURCES[kind], { metadata: { name, annotations, labels }, ...dataOf(kind, data) });
}

function dataOf(kind: Source['kind'], data: Readonly<Record<string, string | null>>): object {
  return kind === 'Secret' ? { stringData: data } : { data };
}

/** A key with null is removed. */
export async function changeSource(objects: Objects, { kind, name }: Source, data: Readonly<Record<string, string | null>>): Promise<void> {
  const removed = Object.fromEntries(Object.entries(data).filter(([, value]) => value === null));
  const set = Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));
  const body = kind === 'Secret' ? { data: removed, stringData: set } : { data: { ...set, ...removed } };
  await objects.patch(SOURCES[kind], name, body);
}

export async function deleteSource(objects: Objects, { kind, name }: Source): Promise<void> {
  await objects.delete(SOURCES[kind], name);
}

export async function createReader(
  objects: Objects,
  { name, kind = 'Deployment', on, template, reads = [], replicas = 1 }: Workload,
): Promise<void> {
  const labels = { app: name };
  await objects.create(PLURALS[kind], {
    metadata: { name, ...(on === undefined ? {} : { annotations: on }) },
    spec: {
      selector: { matchLabels: labels },
      ...(kind === 'DaemonSet' ? {} : { replicas }),
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      template: {
        metadata: { labels, ...(template === undefined ? {} : { annotations: template }) },
        spec: podSpec(reads),
      },
    },
  });
}

function podSpec(reads: NonNullable<Workload['reads']>): object {
  const of = (...forms: readonly Form[]) =>
    reads.flatMap(([form, source], index) => (forms.includes(form) ? [{ form, source, index }] : []));
  const env = (form: Form) =>
    of(form).map(({ source: { kind, name }, index }) => ({
      name: `V${index}`,
      valueFrom: { [kind === 'Secret' ? 'secretKeyRef' : 'configMapKeyRef']: { name, key: 'key', optional: true } },
    }));
  const envFrom = of('envFrom').map(({ source: { kind, name } }) => ({
    [kind === 'Secret' ? 'secretRef' : 'configMapRef']: { name, optional: true },
  }));
  const volumes = of('volume', 'initVolume', 'subPath', 'projected').map(({ form, source: { kind, name }, index }) => {
    const volume = `v${index}`;
    if (form === 'projected')
      return { name: volume, projected: { sources: [{ [kind === 'Secret' ? 'secret' : 'configMap']: { name, optional: true } }] } };
    return kind === 'Secret'
      ? { name: volume, secret: { secretName: name, optional: true } }
      : { name: volume, configMap: { name, optional: true } };
  });
  const mounts = (...forms: readonly Form[]) =>
    of(...forms).map(({ form, index }) => ({
      name: `v${index}`,
      mountPath: `/v${index}`,
      ...(form === 'subPath' ? { subPath: 'key' } : {}),
    }));
  const initEnv = [...env('initEnv')];
  const initMounts = mounts('initVolume');
  const hasInit = initEnv.length + initMounts.length > 0;
  return {
    terminationGracePeriodSeconds: 0,
    ...(hasInit ? { initContainers: [{ name: 'init', image: 'app:1', env: initEnv, volumeMounts: initMounts }] } : {}),
    containers: [{ name: 'app', image: 'app:1', env: env('env'), envFrom, volumeMounts: mounts('volume', 'projected', 'subPath') }],
    volumes,
  };
}

export async function untilAllRolledOut(objects: Objects, workloads: readonly Workload[]): Promise<void> {
  for (const { kind = 'Deployment', name } of workloads) await untilRolledOut(objects, kind, name);
}

export async function readerOf(objects: Objects, { kind = 'Deployment', name }: Pick<Workload, 'kind' | 'name'>): Promise<AnyObject> {
  const object = await objects.get(PLURALS[kind], name);
  if (object === undefined) throw new Error(`no ${kind} ${name}`);
  return object;
}

/** The restart markers on a pod template, by the name of their annotation. */
export function allMarkersOf(object: AnyObject): Readonly<Record<string, string>> {
  const annotations = Object.entries(object.spec?.template?.metadata?.annotations ?? {});
  return Object.fromEntries(annotations.filter(([name]) => /^restart(-configmap)?\.keytender\.dev\//.test(name)));
}

/** How often each workload was restarted: the changes of its pod template since it was created. Status does not count. */
export async function restartsOf(objects: Objects, workloads: readonly Workload[]): Promise<Readonly<Record<string, number>>> {
  const counts = workloads.map(
    async (workload) => [workload.name, ((await readerOf(objects, workload)).metadata.generation ?? 1) - 1] as const,
  );
  return Object.fromEntries(await Promise.all(counts));
}

/** Until the ledger of the operator has a baseline of each of these sources. */
export async function untilFollowed(objects: Objects, sources: readonly Source[], timeoutMs = 60_000): Promise<void> {
  let missing: readonly string[] = [];
  const look = async (): Promise<boolean> => {
    const ledger = (await objects.list('configmaps')).filter(({ metadata }) => metadata.name.startsWith('keytender-restarts-'));
    const followed = new Set(
      ledger
        .flatMap(({ data = {} }) => Object.values(data))
        .flatMap((text) => {
          const { about, kind, name } = JSON.parse(text) as { about?: string; kind?: string; name?: string };
          return about === 'source' ? [`${kind}/${name}`] : [];
        }),
    );
    missing = sources.filter(({ kind, name }) => !followed.has(`${kind}/${name}`)).map(({ kind, name }) => `${kind}/${name}`);
    return missing.length === 0;
  };
  try {
    await waitUntil('the sources are followed', look, { timeoutMs });
  } catch (error) {
    throw new Error(`not followed: ${missing.join(', ')}`, { cause: error });
  }
}

/** Until exactly these workloads were restarted, each so often in all. */
export async function untilRestarts(
  objects: Objects,
  workloads: readonly Workload[],
  wanted: Readonly<Record<string, number>>,
  timeoutMs = 90_000,
): Promise<void> {
  let last: Readonly<Record<string, number>> = {};
  const isReached = (): boolean => Object.entries(wanted).every(([name, count]) => (last[name] ?? 0) >= count);
  try {
    await waitUntil('the workloads are restarted', async () => ((last = await restartsOf(objects, workloads)), isReached()), { timeoutMs });
  } catch (error) {
    const missing = Object.entries(wanted).filter(([name, count]) => (last[name] ?? 0) < count);
    throw new Error(`not restarted: ${JSON.stringify(missing)}`, { cause: error });
  }
}
