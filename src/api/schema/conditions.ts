/**
 * metav1.Condition (https://github.com/kubernetes/enhancements/blob/master/keps/sig-api-machinery/1623-standardize-conditions), and
 * functions that set a condition.
 */
import { z } from 'zod';

const conditionSchema = z.object({
  type: z.string().min(1).max(316).describe('Type of the condition, such as Ready.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether the condition is true.'),
  observedGeneration: z.int().min(0).optional().describe('The metadata.generation that the condition was computed for.'),
  lastTransitionTime: z.string().meta({ format: 'date-time' }).describe('When the status of the condition last changed.'),
  reason: z.string().min(1).max(1024).describe('Stable name of the cause. docs/reference/reasons.md explains each reason.'),
  message: z.string().max(32768).describe('For people: what happened and what to do next.'),
});

/** status.conditions: at most one condition of each type. */
export function conditionList(description: string): z.ZodOptional<z.ZodArray<typeof conditionSchema>> {
  return z
    .array(conditionSchema)
    .max(16)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .optional()
    .describe(description);
}

export type Condition = z.infer<typeof conditionSchema>;
export type NewCondition = Omit<Condition, 'lastTransitionTime'>;

/**
 * The conditions with one condition set. lastTransitionTime changes only with status. Each condition keeps its place: a round that sets only some of them
 * must not change the order, because that would be a write. Conditions of other types stay unchanged.
 */
export function withCondition(conditions: readonly Condition[], next: NewCondition, now: string): Condition[] {
  const before = conditions.find((condition) => condition.type === next.type);
  const lastTransitionTime = before?.status === next.status ? before.lastTransitionTime : now;
  const made = { ...next, lastTransitionTime };
  return before === undefined ? [...conditions, made] : conditions.map((condition) => (condition === before ? made : condition));
}

/** The conditions without one type, which does not apply now. */
export function withoutCondition(conditions: readonly Condition[], type: string): Condition[] {
  return conditions.filter((condition) => condition.type !== type);
}

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}
