/** The content with which all workloads of a group were healthy last, so that the time from its change is measured once, although workloads fail and recover later. */
import type { Clock } from '../../base/time/clock.ts';
import type { GroupId } from '../../restart/demand/demand.ts';

export class HealthyContents {
  readonly #contents = new Map<GroupId, string>();
  readonly #clock: Clock;
  readonly #measured: (seconds: number) => void;

  /** `measured`: all workloads of a group are healthy, so many seconds after the change of its source. */
  constructor(clock: Clock, measured: (seconds: number) => void) {
    this.#clock = clock;
    this.#measured = measured;
  }

  /** `changedAt`: wall clock in milliseconds, NaN if it is not known; undefined: not to be measured, such as by the leader after the one that did. */
  saw(group: GroupId, content: string, changedAt: number | undefined): void {
    if (this.#contents.get(group) === content) return;
    this.#contents.set(group, content);
    if (changedAt === undefined || Number.isNaN(changedAt)) return;
    this.#measured(Math.max(0, this.#clock.now() - changedAt) / 1_000);
  }

  forget(group: GroupId): void {
    this.#contents.delete(group);
  }
}
