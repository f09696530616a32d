/**
 * All reads of the operator meet here: those that come within a few milliseconds are planned together, identical ones share one call, and each
 * identity has a number of calls of its own, so that a slow one delays nobody else. A caller that gives up takes no one else's read along.
 */
import { fail, type Failure, type Outcome } from '../api/failure.ts';
import { isIdentityWide } from '../aws/errors.ts';
import { batchSize } from '../aws/batch-calls.ts';
import type { IdentityKey } from '../aws/identity.ts';
import type { SecretReader, SecretVersion } from '../aws/port.ts';
import { type Clock, type Ms, ms } from '../base/clock.ts';
import { failed } from '../base/result.ts';
import { BatchPermissions } from './batch-permissions.ts';
import { type PlannedCall, planCalls } from './planner.ts';
import type { ReferenceKey, RemoteReference } from './port.ts';
import { isBatchable, keyOfIdentity, referenceKey } from './reference-key.ts';

/** One wish for one reference, shared by all who have it. */
interface Slot {
  readonly key: ReferenceKey;
  readonly reference: RemoteReference;
  readonly promise: Promise<Outcome<SecretVersion>>;
  readonly resolve: (outcome: Outcome<SecretVersion>) => void;
  readonly reject: (reason: unknown) => void;
  /** When it was first wished for (monotonic). */
  readonly since: number;
  started: boolean;
  /** Somebody waits for the value itself, not only for news. */
  wanted: boolean;
}

interface Lane {
  readonly waiting: Map<ReferenceKey, Slot>;
  active: number;
}

/** A finished call about one reference. */
export interface Answer {
  readonly reference: RemoteReference;
  readonly outcome: Outcome<SecretVersion>;
  /** Counts the calls: a higher one was made later. */
  readonly order: number;
  readonly wanted: boolean;
}

/** The failure that everything of the identity shares, or that it can read. */
export type Verdict = Failure | 'passed';

export interface ReaderOptions {
  readonly secrets: SecretReader;
  readonly clock: Clock;
  /** Ends all calls. */
  readonly lifetime: AbortSignal;
  /** Takes note of each answer, once however many wait for it; what it gives is what they get. */
  readonly conclude: (answer: Answer) => Promise<Outcome<SecretVersion>>;
  /** How a call ended for its identity as a whole, if it tells anything; `madeAt` is monotonic. */
  readonly judge: (identity: IdentityKey, verdict: Verdict, madeAt: number) => void;
  readonly window?: Ms;
  /** Whether reads are sure to follow soon: then batches are filled before they are sent. */
  readonly moreToCome?: () => boolean;
}

const DEFAULT_WINDOW = ms(3);
/** Nobody waits longer than this for others to fill a batch. */
const LONGEST_WINDOW = ms(150);
const MAX_CALLS = 8;

export class Reader {
  readonly #options: ReaderOptions;
  readonly #slots = new Map<ReferenceKey, Slot>();
  readonly #lanes = new Map<IdentityKey, Lane>();
  readonly #permissions: BatchPermissions;
  #windowOpen = false;
  #order = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#permissions = new BatchPermissions(options.clock);
  }

  /** `fresh`: the call must begin after this; else a read that is under way will do. Rejects only when the lifetime ends. */
  read(
    reference: RemoteReference,
    { fresh, wanted }: { readonly fresh: boolean; readonly wanted: boolean },
  ): Promise<Outcome<SecretVersion>> {
    const key = referenceKey(reference);
    const known = this.#slots.get(key);
    if (known !== undefined && (!fresh || !known.started)) {
      known.wanted ||= wanted;
      return known.promise;
    }
    const slot: Slot = {
      key,
      reference,
      ...Promise.withResolvers<Outcome<SecretVersion>>(),
      since: this.#options.clock.monotonic(),
      started: false,
      wanted,
    };
    // All who wait may have given up when it is rejected; each of them has heard of the abort already.
    slot.promise.catch(() => undefined);
    this.#slots.set(key, slot);
    this.#lane(keyOfIdentity(reference.identity)).waiting.set(key, slot);
    if (!this.#windowOpen) void this.#openWindow();
    return slot.promise;
  }

  /** One read of its own, which `conclude` does not hear of. */
  async readAlone(reference: RemoteReference): Promise<Outcome<SecretVersion>> {
    const outcomes = await this.#ask(keyOfIdentity(reference.identity), [reference]);
    const outcome = outcomes === 'batch-denied' ? undefined : outcomes.get(referenceKey(reference));
    return outcome ?? missing(reference);
  }

  /** Identities that may not make batch calls, as far as is known. */
  get batchDenied(): number {
    return this.#permissions.size;
  }

  #lane(identity: IdentityKey): Lane {
    const known = this.#lanes.get(identity);
    if (known !== undefined) return known;
    const lane: Lane = { waiting: new Map(), active: 0 };
    this.#lanes.set(identity, lane);
    return lane;
  }

  async #openWindow(): Promise<void> {
    const { clock, lifetime, window = DEFAULT_WINDOW, moreToCome = () => false } = this.#options;
    this.#windowOpen = true;
    try {
      do await clock.sleep(window, lifetime);
      while (moreToCome() && !this.#lanes.values().some((lane) => this.#isDue(lane)));
    } catch (error) {
      for (const lane of this.#lanes.values()) this.#settle(lane, [...lane.waiting.values()], (slot) => slot.reject(error));
      return;
    } finally {
      this.#windowOpen = false;
    }
    const fill = moreToCome();
    for (const [identity, lane] of this.#lanes) this.#pump(identity, lane, fill);
    if (fill && this.#lanes.values().some(({ waiting }) => waiting.size > 0)) void this.#openWindow();
  }

  /** It fills a batch, or somebody has waited long enough. */
  #isDue({ waiting }: Lane): boolean {
    const [oldest] = waiting.values();
    if (oldest === undefined) return false;
    return waiting.size >= batchSize(oldest.reference.identity.service) || this.#options.clock.monotonic() - oldest.since >= LONGEST_WINDOW;
  }

  /** Starts as many calls as the identity may have; `fill`: a batch with room waits for those who come next. */
  #pump(identity: IdentityKey, lane: Lane, fill = false): void {
    const references = lane.waiting.values().map(({ reference }) => reference);
    const batch = this.#permissions.allows(identity);
    const calls = planCalls(references, { batch, limit: MAX_CALLS - lane.active });
    for (const call of calls) {
      if (fill && call.length < batchSize(call[0].identity.service) && batch && isBatchable(call[0]) && !this.#isDue(lane)) continue;
      const slots = start(
        lane,
        call.flatMap((reference) => lane.waiting.get(referenceKey(reference)) ?? []),
      );
      lane.active += 1;
      void this.#carryOut(identity, lane, call, slots);
    }
    if (lane.active === 0 && lane.waiting.size === 0) this.#lanes.delete(identity);
  }

  async #carryOut(identity: IdentityKey, lane: Lane, call: PlannedCall, slots: readonly Slot[]): Promise<void> {
    const order = (this.#order += 1);
    try {
      const madeAt = this.#options.clock.monotonic();
      const outcomes = await this.#ask(identity, call);
      if (outcomes === 'batch-denied') return this.#again(lane, slots);
      const verdict = verdictOn(outcomes.values());
      if (verdict !== undefined) this.#options.judge(identity, verdict, madeAt);
      const shared = verdict === 'passed' ? undefined : verdict;
      // Who has waited until now would hear the same.
      const others = shared === undefined ? [] : start(lane, [...lane.waiting.values()]);
      const outcomeOf = (slot: Slot): Outcome<SecretVersion> =>
        outcomes.get(slot.key) ?? (shared === undefined ? missing(slot.reference) : failed(shared));
      await Promise.all([...slots, ...others].map((slot) => this.#conclude(lane, slot, outcomeOf(slot), order)));
    } catch (error) {
      this.#settle(lane, slots, (slot) => slot.reject(error));
    } finally {
      lane.active -= 1;
      // An open window is about to do it, with whatever else comes.
      if (!this.#windowOpen) this.#pump(identity, lane);
    }
  }

  async #ask(identity: IdentityKey, call: PlannedCall): Promise<ReadonlyMap<ReferenceKey, Outcome<SecretVersion>> | 'batch-denied'> {
    const { secrets, lifetime } = this.#options;
    const [first] = call;
    try {
      if (call.length === 1) {
        const outcome = await secrets.read(first.identity, first.secretId, first.version, lifetime);
        return new Map([[referenceKey(first), outcome]]);
      }
      const batch = await secrets.readBatch(first.identity, call, lifetime);
      if (batch.kind === 'batch-denied') {
        this.#permissions.denied(identity);
        return 'batch-denied';
      }
      return new Map(call.map((reference, index) => [referenceKey(reference), batch.results[index] ?? missing(reference)]));
    } catch (error) {
      lifetime.throwIfAborted();
      // A defect must not take the other identities along, nor vanish: it becomes the failure of these references.
      const defect = fail('InternalError', 'reading from AWS failed unexpectedly', { cause: error });
      return new Map(call.map((reference) => [referenceKey(reference), defect]));
    }
  }

  async #conclude(lane: Lane, slot: Slot, outcome: Outcome<SecretVersion>, order: number): Promise<void> {
    const concluded = await this.#options.conclude({ reference: slot.reference, outcome, order, wanted: slot.wanted });
    this.#settle(lane, [slot], ({ resolve }) => resolve(concluded));
  }

  #settle(lane: Lane, slots: readonly Slot[], end: (slot: Slot) => void): void {
    for (const slot of slots) {
      if (lane.waiting.get(slot.key) === slot) lane.waiting.delete(slot.key);
      if (this.#slots.get(slot.key) === slot) this.#slots.delete(slot.key);
      end(slot);
    }
  }

  #again(lane: Lane, slots: readonly Slot[]): void {
    for (const slot of slots) {
      slot.started = false;
      if (!lane.waiting.has(slot.key)) lane.waiting.set(slot.key, slot);
    }
  }
}

function start(lane: Lane, slots: readonly Slot[]): readonly Slot[] {
  for (const slot of slots) {
    slot.started = true;
    lane.waiting.delete(slot.key);
  }
  return slots;
}

/** One answer or refusal of its own proves that the identity is well; an outage proves nothing. */
function verdictOn(outcomes: Iterable<Outcome<SecretVersion>>): Verdict | undefined {
  let shared: Failure | undefined;
  for (const outcome of outcomes) {
    if (outcome.ok) return 'passed';
    const { reason } = outcome.failure;
    if (isIdentityWide(reason)) shared ??= outcome.failure;
    else if (reason !== 'AWSUnavailable' && reason !== 'InternalError') return 'passed';
  }
  return shared;
}

function missing({ secretId }: RemoteReference): Outcome<SecretVersion> {
  return fail('AWSUnavailable', `AWS said nothing about secret "${secretId}"`);
}
