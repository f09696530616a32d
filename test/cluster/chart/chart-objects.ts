// Reads the objects of a rendered chart.
import type { ChartObject } from '../../support/chart.ts';

export interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly object[];
  readonly securityContext: object;
}

export interface Deployment {
  readonly spec: {
    readonly replicas: number;
    readonly strategy: object;
    readonly template: {
      readonly metadata: object;
      readonly spec: {
        readonly serviceAccountName: string;
        readonly securityContext: object;
        readonly topologySpreadConstraints?: readonly object[];
        readonly containers: readonly [Container];
      };
    };
  };
}

export function kindsOf(objects: readonly ChartObject[]): readonly string[] {
  return objects.map(({ kind }) => kind).sort();
}

/** The one object of this kind. Throws when there is none, or more than one. */
export function only(objects: readonly ChartObject[], kind: string): ChartObject {
  const [found, second] = objects.filter((object) => object.kind === kind);
  if (found === undefined || second !== undefined) throw new Error(`not exactly one ${kind}`);
  return found;
}

export function deploymentOf(objects: readonly ChartObject[]): Deployment {
  return only(objects, 'Deployment') as unknown as Deployment;
}

export function containerOf(objects: readonly ChartObject[]): Container {
  return deploymentOf(objects).spec.template.spec.containers[0];
}

/** Variables with a literal value. */
export function environmentOf(objects: readonly ChartObject[]): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(containerOf(objects).env.map(({ name, value }) => [name, value]));
}
