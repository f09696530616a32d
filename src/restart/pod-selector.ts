/** spec.selector of a workload as the labelSelector parameter of a list of pods. Pure. */

/** metav1.LabelSelector (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api). */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

/** A length that fits into the URL of a request. The API server accepts selectors that are a hundred times longer. */
const MAX_LENGTH = 4_096;

/** unknown: the selector is too long for a URL. Then all pods of the namespace are listed, and only their owner references decide. */
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
