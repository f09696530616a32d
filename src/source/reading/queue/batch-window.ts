/**
 * The short time for which reads wait for other reads of the same call. While more reads are certain to follow, the window is extended
 * until one identity has enough reads for a batch, or one read has waited long enough.
 */
import { type Clock, type Ms, ms } from '../../../base/time/clock.ts';

const DEFAULT_WINDOW = ms(3);

export interface BatchWindowOptions {
  readonly clock: Clock;
  readonly lifetime: AbortSignal;
  readonly window?: Ms | undefined;
  /** Whether more reads are certain to follow soon. */
  readonly moreToCome?: (() => boolean) | undefined;
  /** Whether reads of any identity are due to be sent. */
  readonly hasDue: () => boolean;
  /** Whether reads wait only for the window. */
  readonly hasUnsent: () => boolean;
  /** `fill`: only full batches, and reads that have waited long enough, are sent. */
  readonly onClose: (fill: boolean) => void;
  /** The lifetime has ended. */
  readonly onEnd: (reason: unknown) => void;
}

export class BatchWindow {
  readonly #options: BatchWindowOptions;
  #isOpen = false;

  constructor(options: BatchWindowOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Opens the window, unless it is open. */
  open(): void {
    if (!this.#isOpen) void this.#run();
  }

  async #run(): Promise<void> {
    const { clock, lifetime, window = DEFAULT_WINDOW, moreToCome = () => false, hasDue, hasUnsent, onClose, onEnd } = this.#options;
    this.#isOpen = true;
    try {
      do await clock.sleep(window, lifetime);
      while (moreToCome() && !hasDue());
    } catch (error) {
      onEnd(error);
      return;
    } finally {
      this.#isOpen = false;
    }
    const fill = moreToCome();
    onClose(fill);
    if (fill && hasUnsent()) void this.#run();
  }
}
