/** spec.selector of a workload as the labelSelector parameter of a list of pods. Pure. */
import type { LabelRequirement, LabelSelector } from '../../api/object/label-selector.ts';

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

function expressionText({ key, operator, values = [] }: LabelRequirement): string {
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
