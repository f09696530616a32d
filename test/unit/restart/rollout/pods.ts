// Pods as kubelet reports them.

export interface PodShape {
  readonly metadata?: object;
  readonly phase?: string;
  readonly ready?: boolean;
  readonly waiting?: object;
  readonly lastState?: object;
  readonly conditions?: readonly object[];
}

export function pod(name: string, { metadata, phase = 'Running', ready = false, waiting, lastState, conditions }: PodShape = {}): object {
  const isReady = { type: 'Ready', status: ready ? 'True' : 'False' };
  return {
    metadata: { name, creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
    status: {
      phase,
      conditions: conditions ?? [{ type: 'PodScheduled', status: 'True' }, isReady],
      containerStatuses: [{ name: 'app', state: waiting === undefined ? { running: {} } : { waiting }, lastState }],
    },
  };
}
