/** spec.selector of a workload as the text that a list of its pods asks with. Pure. */

/** metav1.LabelSelector (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api). */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

/** What may stand in the address of a request with room; the API server lets selectors in that are a hundred times as long. */
const MAX_LENGTH = 4_096;

/** unknown: it is too long to ask with, so that all pods of the namespace are asked about, and their controllers decide alone. */
export type PodSelector = { readonly selects: 'some'; readonly text: string } | { readonly selects: 'none' | 'unknown' };

export function podSelector(selector: LabelSelector | undefined): PodSelector {
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector?.matchExpressions ?? []).map(expressionText);
  const text = [...labels, ...expressions].join(',');
  if (text === '') return { selects: 'none' };
  return text.length > MAX_LENGTH ? { selects: 'unknown' } : { selects: 'some', text };
}

function expressionText({ key, operator, values = [] }: NonNullable<LabelSelector['matchExpressions']>[number]): string {
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
}
