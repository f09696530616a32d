/** metav1.LabelSelector (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api), with bounds. */
import { z } from 'zod';
import { rules } from './cel.ts';
import { QUALIFIED_NAME_LENGTH } from './qualified-name.ts';
import { limits, metadataMap } from './schema-parts.ts';

const requirementSchema = rules(
  z.object({
    key: z.string().min(1).max(QUALIFIED_NAME_LENGTH).describe('Label key.'),
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('How the value of the label is compared with values.'),
    values: z.array(z.string().max(63)).max(limits.labelValues).optional().describe('Values for In and NotIn.'),
  }),
  [
    {
      rule: "(has(self.values) && size(self.values) > 0) == (self.operator in ['In', 'NotIn'])",
      message: 'values: required with In and NotIn, not allowed with Exists and DoesNotExist',
    },
  ],
);

/** A selector that selects by at least one requirement. An empty one would select everything in some APIs, and nothing in others. */
export const labelSelectorSchema = rules(
  z.object({
    matchLabels: metadataMap('matchLabels', 63).optional().describe('Labels that the workload must have.'),
    matchExpressions: z
      .array(requirementSchema)
      .max(limits.labelRequirements)
      .optional()
      .describe('Requirements that its labels must meet.'),
  }),
  [
    {
      rule: '(has(self.matchLabels) && size(self.matchLabels) > 0) || (has(self.matchExpressions) && size(self.matchExpressions) > 0)',
      message: 'selector: matchLabels or matchExpressions is required',
    },
  ],
);
