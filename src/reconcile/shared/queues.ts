/** The queues of the controllers. */
import type { Enqueuer } from '../../queue/port.ts';
import type { WorkQueue } from '../../queue/work-queue.ts';

/** One queue for each controller, by the id of the controller (`controllerId`). */
export class Queues {
  readonly #byController: ReadonlyMap<string, WorkQueue>;

  constructor(byController: ReadonlyMap<string, WorkQueue>) {
    this.#byController = byController;
  }

  /** Throws a TypeError for a controller without a queue, which is a defect. */
  of(controller: string): WorkQueue {
    const queue = this.#byController.get(controller);
    if (queue === undefined) throw new TypeError(`no controller for ${controller}`);
    return queue;
  }

  /** The queue of a controller that this installation may not run. Keys of a controller that does not run are dropped. */
  ifRun(controller: string): Enqueuer {
    return this.#byController.get(controller) ?? NO_QUEUE;
  }

  all(): Iterable<WorkQueue> {
    return this.#byController.values();
  }
}

const NO_QUEUE: Enqueuer = { add: () => undefined, addAfter: () => undefined };
