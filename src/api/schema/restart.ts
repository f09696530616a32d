/** spec.restart: which workloads are restarted when the content of the Secret changes, when, and how many at a time. */
import { z } from 'zod';
import { workloadKinds } from '../object/workload-kinds.ts';
import { rules } from './cel.ts';
import { labelSelectorSchema } from './label-selector.ts';
import { dnsLabel, dnsSubdomain, durationText, limits, secretKey } from './schema-parts.ts';

const targetSchema = rules(
  z.object({
    kind: z.enum([...workloadKinds, 'Rollout']).describe('Kind of workload. Rollout: of Argo Rollouts.'),
    name: dnsSubdomain.optional().describe('Name of the workload, in the namespace of the ExternalSecret.'),
    selector: labelSelectorSchema
      .optional()
      .describe('Selects workloads of this kind in the namespace of the ExternalSecret by their labels.'),
  }),
  [{ rule: 'has(self.name) != has(self.selector)', message: 'name: set either name or selector' }],
);

const windowSchema = z.object({
  cron: z
    .string()
    .min(1)
    .max(256)
    .describe(
      'When the window opens: minute, hour, day of month, month and day of week, such as "0 2 * * SAT", or @daily, @weekly or another macro.',
    ),
  timeZone: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Time zone of cron: a name of the IANA data base, such as Europe/Berlin. Default: UTC.'),
  duration: durationText.describe('How long the window stays open: 1m to 168h, and shorter than the time between two openings.'),
});

const waveSchema = z.object({
  name: dnsLabel.describe('Name of the wave, for the status.'),
  selector: labelSelectorSchema
    .optional()
    .describe(
      'The workloads of the wave, by their labels. A workload is in the first wave that selects it. Without it: all workloads that no wave selects.',
    ),
  soak: durationText
    .optional()
    .describe('How long all workloads of the wave must stay healthy before the next wave begins: 168h at most. Default: 0.'),
});

export const restartSchema = rules(
  z.object({
    mode: z
      .enum(['None', 'Targets', 'Discover'])
      .optional()
      .describe(
        'Which workloads are restarted. None: none. Targets: those of targets. Discover: all workloads of the namespace whose pods read the Secret only when they ' +
          'start (env, envFrom, volumes). Default: Targets.',
      ),
    // Not a list map: entries with a selector have no name, and so no key. Two field managers of the list conflict, instead of being merged.
    targets: z
      .array(targetSchema)
      .min(1)
      .max(limits.restartTargets)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .optional()
      .describe('Workloads that are restarted by a rollout when the content of the Secret changes.'),
    keys: z
      .array(secretKey)
      .min(1)
      .max(limits.restartKeys)
      .meta({ 'x-kubernetes-list-type': 'set' })
      .optional()
      .describe('Keys of the Secret whose changes cause a restart. A change of this list restarts nothing. Default: all keys.'),
    settle: durationText
      .optional()
      .describe('Changes that come within this time of each other are one restart: 60s at most. Default: 10s.'),
    minInterval: durationText
      .optional()
      .describe('Least time between two restarts of one workload: 720h at most. The operator has a least time of its own. Default: 0.'),
    maxConcurrent: z
      .int()
      .min(0)
      .max(1_000)
      .optional()
      .describe(
        'Most workloads that roll at the same time for this ExternalSecret. 0: no limit. The operator has limits of its own. Default: 10.',
      ),
    windows: z
      .array(windowSchema)
      .max(limits.restartWindows)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .optional()
      .describe(
        'When restarts may begin: while one of the windows is open. A rollout that runs is not stopped when the window closes. Default: always.',
      ),
    missed: z
      .enum(['NextWindow', 'Immediately'])
      .optional()
      .describe(
        'For a restart that did not begin in its window, such as while the operator did not run. NextWindow: it waits. Immediately: it begins at once. Default: NextWindow.',
      ),
    waves: z
      .array(waveSchema)
      .max(limits.restartWaves)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
      .optional()
      .describe(
        'The order of the restarts: a wave begins when all workloads of the wave before are healthy. Workloads of no wave come last. Default: one wave.',
      ),
    suspend: z
      .boolean()
      .optional()
      .describe('Begins no restart. Changes are not lost: the restarts follow when it is false again. Default: false.'),
    dryRun: z.boolean().optional().describe('Restarts nothing; the status shows what would be restarted and when. Default: false.'),
    maxFailures: z
      .int()
      .min(0)
      .max(1_000)
      .optional()
      .describe('More failed workloads than this stop the restarts that have not begun. Default: 0.'),
    onFailure: z
      .enum(['Halt', 'Continue'])
      .optional()
      .describe('Halt: restarts stop after maxFailures, until the failed workloads are healthy. Continue: they go on. Default: Halt.'),
    timeout: durationText
      .optional()
      .describe(
        'A rollout that is not healthy after this time has failed: 1s to 24h. Slower workloads get the time that their specification needs. Default: 10m.',
      ),
  }),
  [
    {
      rule: "has(self.targets) || (has(self.mode) && self.mode != 'Targets')",
      message: 'targets: required with mode Targets, which is the default',
    },
    {
      rule: "!has(self.targets) || !has(self.mode) || self.mode != 'Discover'",
      message: 'targets: not allowed with mode Discover, which finds the workloads',
    },
    {
      rule: '!has(self.targets) || self.targets.all(t, !has(t.name) || self.targets.exists_one(u, has(u.name) && u.name == t.name && u.kind == t.kind))',
      message: 'targets: two entries name the same workload',
    },
    {
      rule: '!has(self.waves) || self.waves.filter(w, !has(w.selector)).size() <= 1',
      message: 'waves: only one wave may be without a selector',
    },
  ],
);

export type RestartSpec = z.infer<typeof restartSchema>;
