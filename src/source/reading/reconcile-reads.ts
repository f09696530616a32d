/**
 * The reads of reconciles. If a reconcile stops waiting, its read continues and keeps the answers, whatever the size of the cache. The
 * dependant is notified at the end of the read, and its next reconcile takes the answers. One byte budget counts the values of each
 * reconcile until the reconcile has ended.
 */
import type { Outcome } from '../../failure/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { AnswerTimeout } from './answer-timeout.ts';
import type { DependantKey, ReconcileRequest, ReferenceKey } from '../port.ts';
import type { KeyedReference } from '../references/reference-key.ts';
import { ALL_RECONCILES_BYTES, ByteBudget, type ByteGrant, RECONCILE_BYTES } from '../limits/budgets/byte-budget.ts';
import type { NamespaceRateOptions } from '../limits/rates/namespace-rate.ts';
import { type RateQueueEntry, ReadRateQueue } from '../limits/rates/read-rate-queue.ts';
import { ReadRate } from '../limits/rates/read-rate.ts';
import { ReconcileRead } from './reconcile-read.ts';
import { namespaceOf } from '../references/dependant.ts';

/** From this wait on, the status shows that a reconcile waits for the read rate. */
const SHOWN_AFTER_MS = 3_000;

/** `resourcesIn` is for the read rate. */
export interface ReconcileReadsOptions extends NamespaceRateOptions {
  /** Ends all waits. */
  readonly lifetime: AbortSignal;
  readonly answerTimeout: AnswerTimeout;
  /** Whether no value was read for the dependant yet. */
  readonly isFirst: (dependant: DependantKey) => boolean;
  /** A read has ended whose reconcile did not wait. */
  readonly onEnded: (dependant: DependantKey) => void;
}

export interface ReconcileReadRequest {
  readonly references: readonly KeyedReference[];
  readonly reconcile: ReconcileRequest;
  /** The read calls `onShared` if it causes no call to AWS. */
  readonly read: (requested: KeyedReference, onShared: () => void) => Outcome<SecretVersion> | Promise<Outcome<SecretVersion>>;
  readonly signal: AbortSignal;
}

/** The grants of a reconcile before its read, or its waits. */
interface Admission {
  readonly queueEntry?: RateQueueEntry | undefined;
  readonly grant?: ByteGrant | undefined;
  /** The read rate counts its references. */
  readonly isCounted: boolean;
}

interface Entry {
  readonly dependant: DependantKey;
  readonly request: string;
  readonly keys: ReadonlySet<ReferenceKey>;
  readonly read: ReconcileRead;
  admission: Admission;
  /** The reconcile waits for the read now. */
  awaited: boolean;
  /** The answers were returned. */
  taken: boolean;
}

export class ReconcileReads {
  readonly #options: ReconcileReadsOptions;
  readonly #budget = new ByteBudget(ALL_RECONCILES_BYTES);
  readonly #rate: ReadRate;
  readonly #queue: ReadRateQueue;
  readonly #entries = new Map<DependantKey, Entry>();

  constructor(options: ReconcileReadsOptions) {
    this.#options = options;
    this.#rate = new ReadRate(options);
    this.#queue = new ReadRateQueue({ ...options, rate: this.#rate });
  }

  /** One answer for each reference, or an empty map if the answer timeout of the reconcile has passed. */
  async read(request: ReconcileReadRequest): Promise<ReadonlyMap<ReferenceKey, Outcome<SecretVersion>>> {
    const { reconcile, references, signal } = request;
    const entry = this.#join(request) ?? this.#create(request);
    // While others have the bytes that the read needs, no worker should wait.
    if (!isAdmitted(entry) && reconcile.answerTimeout !== undefined) return new Map();
    entry.awaited = true;
    try {
      const identities = references.map(({ reference }) => reference.identity);
      const { ended } = entry.read;
      await (entry.read.hasEnded ? ended : this.#options.answerTimeout.await(ended, identities, reconcile.answerTimeout, signal));
    } finally {
      entry.awaited = false;
    }
    if (!entry.read.hasEnded) return new Map();
    entry.taken = true;
    return entry.read.takeAnswers();
  }

  /** The last reconcile of the dependant has ended: it has no value of the read, and waits for none. */
  end(dependant: DependantKey): void {
    const entry = this.#entries.get(dependant);
    if (entry === undefined) return;
    this.#entries.delete(dependant);
    const { read, taken, admission } = entry;
    admission.queueEntry?.cancel();
    if (admission.isCounted) this.#rate.giveBack(namespaceOf(dependant), read.notStarted);
    if (!taken) read.cancel();
    admission.grant?.shrink(taken ? 0 : read.bytesNeeded);
  }

  /** Whether its reconcile waits for more than a few seconds because its namespace has exceeded its read rate. */
  isHeldBack(dependant: DependantKey): boolean {
    const queueEntry = this.#entries.get(dependant)?.admission.queueEntry;
    return queueEntry !== undefined && queueEntry.expectedAt - this.#options.clock.monotonic() > SHOWN_AFTER_MS;
  }

  /** Bytes that are held or reserved for answers, and number of reconciles that wait for bytes or for the read rate. */
  get size(): { readonly bytes: number; readonly waiting: number } {
    return { bytes: this.#budget.held, waiting: this.#budget.waiting + this.#queue.size };
  }

  #join({ reconcile, references }: ReconcileReadRequest): Entry | undefined {
    const entry = this.#entries.get(reconcile.dependant);
    if (entry === undefined || entry.taken || entry.request !== reconcile.request) return undefined;
    const isSame = entry.keys.size === references.length && references.every(({ key }) => entry.keys.has(key));
    return isSame ? entry : undefined;
  }

  #create({ reconcile, references, read: readOne }: ReconcileReadRequest): Entry {
    const { dependant, request } = reconcile;
    const holdsValues = this.#entries.get(dependant)?.taken === true;
    this.end(dependant);
    const namespace = namespaceOf(dependant);
    const onShared = (): void => {
      if (entry.admission.isCounted) this.#rate.giveBack(namespace, 1);
    };
    const onProgress = (): void => this.#progressed(entry);
    const read = new ReconcileRead({ references, limit: RECONCILE_BYTES, read: (requested) => readOne(requested, onShared), onProgress });
    const keys = new Set(references.map(({ key }) => key));
    const entry: Entry = { dependant, request, keys, read, admission: { isCounted: false }, awaited: false, taken: false };
    this.#entries.set(dependant, entry);
    if (holdsValues) this.#readAgain(namespace, entry);
    else this.#admit(namespace, entry);
    // The reconcile waits until its answer timeout, if its read has started.
    entry.awaited = isAdmitted(entry);
    if (entry.awaited) this.#start(entry);
    return entry;
  }

  /** A reconcile that already has values does not wait, because others wait for its bytes. */
  #readAgain(namespace: string, entry: Entry): void {
    const { read } = entry;
    this.#rate.charge(namespace, read.notStarted);
    entry.admission = { isCounted: true, grant: this.#budget.take(namespace, read.bytesNeeded) };
  }

  /**
   * The first reconcile of a resource does not count in the read rate. Others wait for the rate in the queue of their namespace. All wait
   * for bytes.
   */
  #admit(namespace: string, entry: Entry): void {
    const isExempt = this.#options.isFirst(entry.dependant) && this.#rate.takeFirstReconcile(namespace);
    const requestBytes = (): void => {
      const grant = this.#budget.ask(namespace, entry.read.bytesNeeded, () => this.#start(entry));
      entry.admission = { isCounted: !isExempt, grant };
    };
    const onTaken = (): void => {
      requestBytes();
      if (isAdmitted(entry)) this.#start(entry);
    };
    const queueEntry = isExempt ? undefined : this.#queue.ask(namespace, entry.read.notStarted, onTaken);
    if (queueEntry === undefined) requestBytes();
    else entry.admission = { isCounted: false, queueEntry };
  }

  /** Not after the lifetime: its end fails all reads at once, and each would make room for the next one in the same turn of the event loop. */
  #start(entry: Entry): void {
    if (this.#options.lifetime.aborted) return;
    entry.read.start();
    this.#progressed(entry);
  }

  #progressed({ dependant, read, admission, awaited, taken }: Entry): void {
    if (taken) return;
    admission.grant?.shrink(read.bytesNeeded);
    if (read.hasEnded && !awaited && this.#entries.get(dependant)?.read === read) this.#options.onEnded(dependant);
  }
}

function isAdmitted({ admission }: Entry): boolean {
  return admission.grant?.isGranted === true;
}
