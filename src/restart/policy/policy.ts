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

export const defaultPolicy: RestartPolicy = {
  settle: ms(10_000),
  minInterval: ms(0),
  maxConcurrent: 10,
  windows: [],
  missed: 'NextWindow',
  waves: [],
  suspend: false,
  dryRun: false,
  maxFailures: 0,
  onFailure: 'Halt',
  timeout: ms(10 * 60_000),
};
