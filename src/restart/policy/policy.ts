/** When and how many workloads are restarted for a source. Types and defaults. */
import { type Ms, ms } from '../../base/time/clock.ts';
import type { LabelSelector } from '../../api/object/label-selector.ts';
import type { WindowSpec } from '../../base/schedule/schedule-window.ts';

export interface RestartWave {
  readonly name: string;
  /** Absent: all workloads that no other wave selects. */
  readonly selector?: LabelSelector;
  /** Time for which the wave must stay healthy before the next one begins. */
  readonly soak: Ms;
}

export interface RestartPolicy {
  /** Changes that come within this time of each other are one rollout. */
  readonly settle: Ms;
  /** Least time between two restarts of one workload. */
  readonly minInterval: Ms;
  /** Most workloads of the resource that roll at the same time. Infinity: no limit. */
  readonly maxConcurrent: number;
  /** Empty: always. */
  readonly windows: readonly WindowSpec[];
  /** After a missed window: wait for the next one, or restart at once. */
  readonly missed: 'NextWindow' | 'Immediately';
  /** In their order; empty: all workloads are one wave. */
  readonly waves: readonly RestartWave[];
  readonly suspend: boolean;
  readonly dryRun: boolean;
  /** Failed workloads above this number stop the waves that remain. */
  readonly maxFailures: number;
  readonly onFailure: 'Halt' | 'Continue';
  /** Time after which a rollout that is not healthy has failed. */
  readonly timeout: Ms;
}

/** The default of each field, with its reason. */
export const defaultPolicy: RestartPolicy = {
  // Writers that change several Secrets one after the other need a few seconds.
  settle: ms(10_000),
  // The floor of the installation is enough.
  minInterval: ms(0),
  // Of a hundred workloads with a broken secret, ten are down before the first one is known to have failed.
  maxConcurrent: 10,
  windows: [],
  // Who asks for windows does not want restarts outside of them.
  missed: 'NextWindow',
  waves: [],
  suspend: false,
  dryRun: false,
  // One failed workload is reason enough to look before more of them restart.
  maxFailures: 0,
  onFailure: 'Halt',
  // progressDeadlineSeconds of Deployments, which is also ten minutes by default.
  timeout: ms(10 * 60_000),
};

/** What no policy can exceed. */
export interface RestartLimits {
  /** Least time between two restarts of one workload. */
  readonly minInterval: Ms;
  /** Most workloads that roll at the same time. */
  readonly perNamespace: number;
  readonly perInstallation: number;
}

export const defaultLimits: RestartLimits = {
  // A source that changes all the time makes one ReplicaSet a minute and workload, not one a second.
  minInterval: ms(60_000),
  // Two resources with the default of maxConcurrent, and room for a third one.
  perNamespace: 25,
  // New pods pull images and start at the same time: a cluster of some tens of nodes starts two hundred pods without harm. Fair by namespace.
  perInstallation: 200,
};

/** Changes that never stop would put off a restart for ever. */
export const LONGEST_SETTLE_MS = ms(60_000);
/** kubelet may serve the value before for a second after a write (its cache for Secrets in use on the node), and clocks differ. */
export const KUBELET_DELAY_MS = ms(2_000);

/** More changes than this of one source within the period: a writer that does not come to rest. */
export const FLAPPING_CHANGES = 6;
export const FLAPPING_PERIOD_MS = ms(3_600_000);
/** Between two restarts for such a source: a minute, doubled with each change beyond, up to the period. */
export const FLAPPING_BASE_MS = ms(60_000);
