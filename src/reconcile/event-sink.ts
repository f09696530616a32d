/** Kubernetes Events as reconcilers see them; writing, aggregating and limiting them is the business of kube/. */
import type { KubeObject } from '../api/object.ts';

export interface EventSink {
  /** `note` holds no value, no request id and no time, so that repeats are recognised. Never throws, never waits. */
  record(regarding: KubeObject, type: 'Normal' | 'Warning', reason: string, note: string): void;
}
