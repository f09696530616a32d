/** The part of the status about the workloads that are restarted for the Secret. */
import { z } from 'zod';

/** In the order of their urgency. */
export const restartPhases = ['Failed', 'Blocked', 'Rolling', 'Pending', 'Healthy', 'Current', 'Baseline'] as const;

export type RestartPhase = (typeof restartPhases)[number];

export const restartStatusSchema = z.object({
  kind: z.string().max(63).describe('Kind of the workload.'),
  name: z.string().max(253).describe('Name of the workload.'),
  state: z
    .enum(['Current', 'Restarted', 'Failed', 'Blocked', 'Pending', 'Unknown'])
    .describe(
      'Current: no restart was needed (phase Baseline or Current). Restarted: the workload was restarted for the current content (Rolling or Healthy). ' +
        'Failed: see message (Failed). Blocked: the pod template has the current content, but old pods still run, because the workload is paused or because of ' +
        'its update strategy; or the workload may not be restarted (Blocked). Pending: a restart is due and waits (Pending). Unknown: the operator does not ' +
        'read workloads; such a workload has no phase.',
    ),
  phase: z
    .enum(restartPhases)
    .optional()
    .describe(
      'Baseline: the content has never changed since the workload started. Current: its pods started with the current content. Pending: a restart is due and ' +
        'waits; see reason and nextStep. Blocked: old pods stay until somebody acts; see message. Rolling: pods are being replaced. Healthy: all pods have the ' +
        'current content and are available. Failed: the restart was refused, or the new pods are not available.',
    ),
  since: z.string().optional().meta({ format: 'date-time' }).describe('When the workload entered the phase.'),
  reason: z.string().max(64).optional().describe('Stable name of the cause of the phase. docs/reference/reasons.md explains each reason.'),
  nextStep: z.string().max(256).optional().describe('What happens next, such as: restart in wave canary.'),
  nextStepTime: z
    .string()
    .optional()
    .meta({ format: 'date-time' })
    .describe('When the next step happens at the earliest, such as when a window opens.'),
  content: z
    .string()
    .max(128)
    .optional()
    .describe('Id of the content that the workload was last restarted for, or that its pods already used.'),
  restartedAt: z.string().optional().meta({ format: 'date-time' }).describe('When the workload was last restarted.'),
  message: z.string().max(1024).optional().describe('Why the restart failed, is blocked, waits, or is not known.'),
});

const count = (what: string) => z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional().describe(`Number of workloads ${what}.`);

export const restartCountsSchema = z.object({
  failed: count('in phase Failed'),
  blocked: count('in phase Blocked'),
  rolling: count('in phase Rolling'),
  pending: count('in phase Pending'),
  healthy: count('in phase Healthy'),
  current: count('in phase Current'),
  baseline: count('in phase Baseline'),
});

export type RestartStatus = z.infer<typeof restartStatusSchema>;
export type RestartCounts = z.infer<typeof restartCountsSchema>;
