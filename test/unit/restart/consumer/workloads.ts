// Workloads for the tests of restarts, as the API server sends them.
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import type { KubeObject } from '../../../../src/api/object/object.ts';
import type { Consumer, ConsumerKind } from '../../../../src/restart/consumer/consumer.ts';
import { reduceConsumer } from '../../../../src/restart/consumer/reduce-consumer.ts';
import { object } from '../../resolve/entries.ts';

export interface Shape {
  readonly metadata?: object;
  /** Annotations of the pod template. */
  readonly template?: object;
  readonly podSpec?: unknown;
  readonly spec?: object;
  readonly status?: unknown;
}

export function raw(kind: ConsumerKind, { metadata = {}, template, podSpec, spec, status }: Shape = {}): KubeObject {
  const podTemplate = { metadata: { annotations: template }, spec: podSpec };
  return { ...object(kind, 'app', 'team', metadata), spec: { template: podTemplate, ...spec }, status } as KubeObject;
}

export function reduced(shape: Shape = {}, kind: ConsumerKind = 'Deployment'): Consumer {
  return reduceConsumer(kind, raw(kind, shape), keytender.annotations);
}

/** `Secret/name: keys (effect)`, in the order of the list. */
export function consumed(shape: Shape, kind?: ConsumerKind): readonly string[] {
  return reduced(shape, kind).consumes.map(
    ({ kind: source, name, keys, effect }) => `${source}/${name}: ${keys === 'all' ? keys : keys.join(',')} (${effect})`,
  );
}

export const setting = (name: string): string => `workload.keytender.dev/${name}`;
