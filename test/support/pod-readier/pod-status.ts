// The status of a pod as kubelet would report it, from the pod and the requested behaviour. Pure.

/** image-pull: the image cannot be pulled. */
export type PodState = 'ready' | 'not-ready' | 'crash-loop' | 'image-pull';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly lastTransitionTime?: string;
}

export interface ContainerStatus {
  readonly name: string;
  readonly restartCount: number;
  readonly ready: boolean;
  readonly state?: { readonly waiting?: { readonly reason?: string } };
}

/** The fields of a pod that matter here. */
export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly containers: readonly { readonly name: string; readonly image?: string }[] };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** The state that the pod's status shows now, or undefined when nobody has reported one. */
export function observedState(pod: Pod): PodState | undefined {
  const waits = (reason: string): boolean => pod.status?.containerStatuses?.some(({ state }) => state?.waiting?.reason === reason) ?? false;
  if (waits('ImagePullBackOff')) return 'image-pull';
  if (pod.status?.phase !== 'Running') return undefined;
  if (waits('CrashLoopBackOff')) return 'crash-loop';
  return pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true ? 'ready' : 'not-ready';
}

/** What is reported of a pod. */
export interface Report {
  readonly state: PodState;
  /** What a container that crashed has left as its termination message. */
  readonly terminationMessage?: string;
}

/** The status for a state. `podIp` must be unique in the cluster: EndpointSlices list it. */
export function statusFor(pod: Pod, report: Report, podIp: string, now: string): Readonly<Record<string, unknown>> {
  const { state } = report;
  const ready = state === 'ready';
  const conditions: readonly Condition[] = [
    { type: 'PodScheduled', status: 'True' },
    { type: 'Initialized', status: 'True' },
    { type: 'ContainersReady', status: ready ? 'True' : 'False', ...(ready ? {} : { reason: 'ContainersNotReady' }) },
    { type: 'Ready', status: ready ? 'True' : 'False', ...(ready ? {} : { reason: 'ContainersNotReady' }) },
  ];
  return {
    phase: state === 'image-pull' ? 'Pending' : 'Running',
    startTime: pod.metadata.creationTimestamp,
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    conditions: conditions.map((condition) => ({ ...condition, lastTransitionTime: transitionTime(pod, condition, now) })),
    containerStatuses: pod.spec.containers.map(({ name, image }) => containerStatus(pod, name, image ?? '', report, now)),
  };
}

function containerStatus(
  pod: Pod,
  name: string,
  image: string,
  { state, terminationMessage }: Report,
  now: string,
): Readonly<Record<string, unknown>> {
  const previous = pod.status?.containerStatuses?.find((one) => one.name === name)?.restartCount ?? 0;
  const common = { name, image, imageID: image, containerID: `test://${pod.metadata.uid}/${name}` };
  if (state === 'image-pull') {
    const waiting = { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` };
    return { name, image, imageID: '', state: { waiting }, ready: false, started: false, restartCount: 0 };
  }
  if (state === 'crash-loop') {
    const message = `back-off 10s restarting failed container=${name} pod=${pod.metadata.name}`;
    const left = terminationMessage === undefined ? {} : { message: terminationMessage };
    const ended = { exitCode: 1, reason: 'Error', startedAt: now, finishedAt: now, ...left };
    const states = { state: { waiting: { reason: 'CrashLoopBackOff', message } }, lastState: { terminated: ended } };
    return { ...common, ...states, ready: false, started: false, restartCount: previous + 1 };
  }
  return { ...common, state: { running: { startedAt: now } }, ready: state === 'ready', started: true, restartCount: previous };
}

// As in Kubernetes, the time moves only when the status of the condition does (minReadySeconds counts from it).
function transitionTime(pod: Pod, { type, status }: Condition, now: string): string {
  const before = pod.status?.conditions?.find((condition) => condition.type === type);
  return before?.status === status && before.lastTransitionTime !== undefined ? before.lastTransitionTime : now;
}
