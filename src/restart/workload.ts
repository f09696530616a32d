/** A workload as it arrives from the API server -> the little that restarting needs. Pure. */
import { coreMetadata } from '../api/core-metadata.ts';
import { names } from '../api/names.ts';
import type { KubeObject } from '../api/object.ts';
import type { Workload, WorkloadKind } from './port.ts';

interface RawWorkload extends KubeObject {
  readonly spec?: {
    readonly selector?: {
      readonly matchLabels?: Readonly<Record<string, string>>;
      readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
    };
    readonly template?: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } };
  };
}

export function reduceWorkload(kind: WorkloadKind, raw: RawWorkload): Workload {
  const selector = selectorText(raw.spec?.selector);
  return {
    apiVersion: raw.apiVersion,
    kind,
    metadata: coreMetadata(raw.metadata),
    markers: markersOn(raw.spec?.template?.metadata?.annotations),
    ...(selector === '' ? {} : { selector }),
  };
}

function markersOn(annotations: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations ?? {}).filter(([name]) => name.startsWith(names.annotations.restartPrefix)));
}

/** The query form of metav1.LabelSelector (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api). */
function selectorText(selector: NonNullable<RawWorkload['spec']>['selector']): string {
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    switch (operator) {
      case 'In':
        return `${key} in (${values.join(',')})`;
      case 'NotIn':
        return `${key} notin (${values.join(',')})`;
      case 'DoesNotExist':
        return `!${key}`;
      default:
        return key;
    }
  });
  return [...labels, ...expressions].join(',');
}
