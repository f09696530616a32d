/**
 * Reads in progress for change events: one for each reference, which belongs to the latest message about the reference. An earlier message
 * is superseded: the later message stays in the queue until dependants have acted on a read that starts after both. So any number of
 * messages about one reference causes only one read at a time. The reads of one namespace are limited; references beyond the limit are left
 * to their refresh, which is made earlier.
 */
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import type { TimeSlices } from '../../base/time/time-slices.ts';
import { FairShare } from '../../base/sharing/fair-share.ts';
import { untilAborted } from '../../base/waiting.ts';
import type { ReferenceKey, RemoteReference } from '../port.ts';
import { namespaceOf } from '../references/dependant.ts';
import { referenceKey } from '../references/reference-key.ts';
import type { Change } from '../references/change.ts';
import { Confirmation, type ConfirmationOptions, type ConfirmationResult } from './confirmation.ts';
import type { PendingReconciles } from './pending-reconciles.ts';

/**
 * Maximum time for which a dependant keeps a message in flight while the API server responds. A thousand such messages would delay all
 * others.
 */
const MAX_WAIT = ms(10 * 60_000);

/** Reads in progress; one namespace alone may have four of five. */
const MAX_READS = 1_000;
/** Reads that one message starts for one namespace. */
const MAX_OF_MESSAGE = 100;
/** References that are examined without a pause. */
const STEPS = 10;

/** unfinished: a dependant cannot act on the change. superseded: a later message is about the same references. */
export type ReferenceReadResult = ConfirmationResult | 'unfinished' | 'superseded';

const WORST_FIRST: readonly ReferenceReadResult[] = ['unfinished', 'failed', 'not-shown', 'shown', 'superseded'];

export interface ReferenceReadsOptions extends ConfirmationOptions {
  readonly reconciles: PendingReconciles;
  /** Whether the API server responds. If not, the time of a dependant does not count. */
  readonly mayReceive: () => boolean;
  readonly slices: Pick<TimeSlices, 'worker'>;
  /** Called for each reference that a change concerns. */
  readonly onConcerned: (reference: RemoteReference, change: Change) => void;
}

/** A message, and the number of its references with a read in progress, plus one while its references are searched. */
class MessageReads {
  readonly #ended = Promise.withResolvers<ReferenceReadResult>();
  /** Reads that it has started, by namespace. */
  readonly started = new Map<string, number>();
  #remaining = 1;
  #result: ReferenceReadResult = 'superseded';

  constructor() {
    // A read can fail while the references are searched, when nobody waits yet.
    this.#ended.promise.catch(() => undefined);
  }

  get whenEnded(): Promise<ReferenceReadResult> {
    return this.#ended.promise;
  }

  enter(): void {
    this.#remaining += 1;
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
  readonly namespace: string;
  readonly confirmation: Confirmation;
  message: MessageReads;
}

export class ReferenceReads {
  readonly #options: ReferenceReadsOptions;
  readonly #clock: Clock;
  readonly #reads = new Map<ReferenceKey, ReferenceRead>();
  readonly #share = new FairShare();

  constructor(options: ReferenceReadsOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  /** Number of references with a read in progress. */
  get size(): number {
    return this.#reads.size;
  }

  /**
   * Resolves when all dependants of the references that the change concerns have acted on it, or later messages have superseded this one.
   * unaffected: it concerns none.
   */
  async follow(change: Change, end: AbortSignal): Promise<ReferenceReadResult | 'unaffected'> {
    const { references, onConcerned } = this.#options;
    const message = new MessageReads();
    let steps = 0;
    let isAffecting = false;
    for (const { reference, isConcerned } of references.candidatesFor(change)) {
      if ((steps += 1) % STEPS === 0) await this.#pause(reference, end);
      if (!isConcerned) continue;
      isAffecting = true;
      onConcerned(reference, change);
      this.#start(reference, change, message, end);
    }
    message.leave('superseded');
    return isAffecting ? message.whenEnded : 'unaffected';
  }

  /** In the turn of a namespace of the reference, so that a namespace with many references does not delay the messages about others. */
  async #pause(reference: RemoteReference, end: AbortSignal): Promise<void> {
    const [first] = this.#options.references.dependantsOf(reference);
    const work = this.#options.slices.worker(first === undefined ? '' : namespaceOf(first), end);
    if (work.isUsedUp) await work.checkpoint();
  }

  /** The namespace for which a read counts: one that has room, if possible now. Undefined: none has room. */
  #namespaceFor(reference: RemoteReference, message: MessageReads): string | undefined {
    const { references, line } = this.#options;
    const hasRoom = (namespace: string): boolean =>
      (message.started.get(namespace) ?? 0) < MAX_OF_MESSAGE && this.#share.mayTake(namespace, MAX_READS - this.#reads.size);
    const namespaces = new Set(Iterator.from(references.dependantsOf(reference)).map((dependant) => namespaceOf(dependant)));
    if (namespaces.size === 0) namespaces.add('');
    const withRoom = [...namespaces].filter((namespace) => hasRoom(namespace));
    return withRoom.find((namespace) => line.isFreeFor(namespace)) ?? withRoom[0];
  }

  /** The read exceeds the limits of all namespaces of the reference, so the change is not shown yet. */
  #leaveToRefresh(reference: RemoteReference, message: MessageReads): void {
    const { references, line } = this.#options;
    const [first] = references.dependantsOf(reference);
    references.refreshLater(reference, () => line.limits.reserveLater(first === undefined ? '' : namespaceOf(first)));
    message.enter();
    message.leave('not-shown');
  }

  #start(reference: RemoteReference, change: Change, message: MessageReads, end: AbortSignal): void {
    const key = referenceKey(reference);
    const known = this.#reads.get(key);
    if (known !== undefined) {
      message.enter();
      known.message.leave('superseded');
      known.message = message;
      known.confirmation.add(change);
      return;
    }
    const namespace = this.#namespaceFor(reference, message);
    if (namespace === undefined) {
      this.#leaveToRefresh(reference, message);
      return;
    }
    message.enter();
    message.started.set(namespace, (message.started.get(namespace) ?? 0) + 1);
    const read = { reference, namespace, confirmation: new Confirmation(reference, { key, namespace }, change, this.#options), message };
    this.#reads.set(key, read);
    this.#share.take(namespace);
    void this.#run(key, read, end);
  }

  async #run(key: ReferenceKey, read: ReferenceRead, end: AbortSignal): Promise<void> {
    try {
      for (;;) {
        const result = await read.confirmation.follow(end);
        const acted = await this.#haveActed(read, end);
        if (acted === 'later') continue;
        this.#end(key, read);
        read.message.leave(acted ? result : 'unfinished');
        return;
      }
    } catch (error) {
      this.#end(key, read);
      read.message.fail(error);
    }
  }

  #end(key: ReferenceKey, { namespace }: ReferenceRead): void {
    this.#reads.delete(key);
    this.#share.giveBack(namespace);
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
