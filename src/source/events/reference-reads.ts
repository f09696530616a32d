/**
 * Reads in progress for change events: one for each reference, which belongs to the latest message about the reference. An earlier message
 * is superseded: the later message stays in the queue until dependants have acted on a read that starts after both. So any number of
 * messages about one reference causes only one read at a time.
 */
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import { untilAborted } from '../../base/waiting.ts';
import type { ReferenceKey, RemoteReference } from '../port.ts';
import { referenceKey } from '../references/reference-key.ts';
import type { Change } from '../references/change.ts';
import { Confirmation, type ConfirmationOptions, type ConfirmationResult } from './confirmation.ts';
import type { PendingReconciles } from './pending-reconciles.ts';

/**
 * Maximum time for which a dependant keeps a message in flight while the API server responds. A thousand such messages would delay all
 * others.
 */
const MAX_WAIT = ms(10 * 60_000);

/** unfinished: a dependant cannot act on the change. superseded: a later message is about the same references. */
export type ReferenceReadResult = ConfirmationResult | 'unfinished' | 'superseded';

const WORST_FIRST: readonly ReferenceReadResult[] = ['unfinished', 'failed', 'not-shown', 'shown', 'superseded'];

export interface ReferenceReadsOptions extends ConfirmationOptions {
  readonly reconciles: PendingReconciles;
  /** Whether the API server responds. If not, the time of a dependant does not count. */
  readonly mayReceive: () => boolean;
}

/** A message, and the number of its references with a read in progress. */
class MessageReads {
  readonly #ended = Promise.withResolvers<ReferenceReadResult>();
  #remaining: number;
  #result: ReferenceReadResult = 'superseded';

  constructor(references: number) {
    this.#remaining = references;
  }

  get whenEnded(): Promise<ReferenceReadResult> {
    return this.#ended.promise;
  }

  leave(result: ReferenceReadResult): void {
    if (WORST_FIRST.indexOf(result) < WORST_FIRST.indexOf(this.#result)) this.#result = result;
    this.#remaining -= 1;
    if (this.#remaining === 0) this.#ended.resolve(this.#result);
  }

  fail(error: unknown): void {
    this.#ended.reject(error);
  }
}

interface ReferenceRead {
  readonly reference: RemoteReference;
  readonly confirmation: Confirmation;
  message: MessageReads;
}

export class ReferenceReads {
  readonly #options: ReferenceReadsOptions;
  readonly #clock: Clock;
  readonly #reads = new Map<ReferenceKey, ReferenceRead>();

  constructor(options: ReferenceReadsOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  /** Number of references with a read in progress. */
  get size(): number {
    return this.#reads.size;
  }

  /** Resolves when all dependants of these references have acted on the change, or later messages have superseded this one. */
  follow(references: readonly RemoteReference[], change: Change, end: AbortSignal): Promise<ReferenceReadResult> {
    const message = new MessageReads(references.length);
    for (const reference of references) this.#start(reference, change, message, end);
    return message.whenEnded;
  }

  #start(reference: RemoteReference, change: Change, message: MessageReads, end: AbortSignal): void {
    const key = referenceKey(reference);
    const known = this.#reads.get(key);
    if (known !== undefined) {
      known.message.leave('superseded');
      known.message = message;
      known.confirmation.add(change);
      return;
    }
    const read = { reference, confirmation: new Confirmation(reference, change, this.#options), message };
    this.#reads.set(key, read);
    void this.#run(key, read, end);
  }

  async #run(key: ReferenceKey, read: ReferenceRead, end: AbortSignal): Promise<void> {
    try {
      for (;;) {
        const result = await read.confirmation.follow(end);
        const acted = await this.#haveActed(read, end);
        if (acted === 'later') continue;
        this.#reads.delete(key);
        read.message.leave(acted ? result : 'unfinished');
        return;
      }
    } catch (error) {
      this.#reads.delete(key);
      read.message.fail(error);
    }
  }

  /** Whether all dependants have acted in time; time without the API server does not count. 'later': a further change was added. */
  async #haveActed({ reference, confirmation }: ReferenceRead, end: AbortSignal): Promise<boolean | 'later'> {
    const { reconciles, references, mayReceive } = this.#options;
    const over = new AbortController();
    const signal = AbortSignal.any([end, over.signal]);
    const acted = reconciles.whenHandled(references.dependantsOf(reference), signal).then(() => true);
    const further = confirmation.whenAdded.then(() => 'later' as const);
    try {
      for (;;) {
        const first = await untilAborted(Promise.race([acted, further, this.#lateAfter(MAX_WAIT, signal)]), end);
        if (first !== 'late') return confirmation.isUpToDate ? first : 'later';
        if (mayReceive()) return false;
      }
    } finally {
      over.abort();
      acted.catch(() => undefined);
    }
  }

  async #lateAfter(time: Ms, signal: AbortSignal): Promise<'late'> {
    await this.#clock.sleep(time, signal);
    return 'late';
  }
}
