/**
 * Makes planned calls and learns from how they end: what fails as a whole, which budget is too high, who may not make batch calls. A batch that
 * the service cannot answer is made again in halves, until what is to blame is found or it turns out to be an outage.
 */
import { identityKey } from '../aws/identity.ts';
import { fail, type Outcome } from '../api/failure.ts';
import type { OnTries, SecretFinder, SecretReader, SecretVersion, Tries, VersionReference } from '../aws/port.ts';
import type { Clock } from '../base/clock.ts';
import { ok } from '../base/result.ts';
import type { BatchPermissions } from './batch-permissions.ts';
import type { Budgets, OperationClass } from './budget/budgets.ts';
import { FoundSet } from './found-set.ts';
import { OwnedMap } from './gates/owned-map.ts';
import type { SourceGates } from './gates/source-gates.ts';
import type { Verdict } from './gates/verdict.ts';
import { operationOf, type PlannedCall } from './planner.ts';
import type { ReferenceKey, RemoteReference } from './port.ts';
import { type KeyedReference } from './reference-key.ts';

export type Answers = ReadonlyMap<ReferenceKey, Outcome<SecretVersion>>;

/** What is read, with what a query has found so far. */
export interface Asked extends KeyedReference {
  found?: FoundSet | undefined;
  /** The namespace for whose turn it is read; '' where nobody uses it. */
  readonly takenFor?: string;
}

/** batch-denied: each has to be read by itself. continued: a page of a query was read, and there are more. */
type Unanswered = 'batch-denied' | 'continued';

interface Ended {
  readonly answers: Answers | Unanswered;
  readonly verdict?: Verdict | undefined;
}

export interface CallsOptions {
  readonly secrets: SecretReader & SecretFinder;
  readonly clock: Clock;
  /** Ends all calls. */
  readonly lifetime: AbortSignal;
  readonly gates: SourceGates;
  readonly budgets: Budgets;
  readonly permissions: BatchPermissions;
}

/** For so long a reference that a batch was failing for is read by itself. */
const APART_MS = 3_600_000;
const MAX_APART = 1_024;

export class Calls {
  readonly #options: CallsOptions;
  /** Until when (monotonic). */
  readonly #apart = new OwnedMap<ReferenceKey, number>(MAX_APART);
  readonly #reads = { batch: 0, single: 0 };

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  /** Must it be read by itself, because a batch with it was failing? */
  isApart(key: ReferenceKey): boolean {
    return (this.#apart.get(key) ?? 0) > this.#options.clock.monotonic();
  }

  /** References that were read, by the call that read them. */
  get reads(): { readonly batch: number; readonly single: number } {
    return this.#reads;
  }

  /** Its budget was taken by the caller. Rejects only when the lifetime ends. */
  async make(call: PlannedCall<Asked>): Promise<Answers | Unanswered> {
    const { answers, verdict } = await this.#once(call);
    if (typeof answers === 'string' || call.length === 1 || verdict?.kind !== 'service') return answers;
    const parts = await this.#inHalves(call, answers);
    const until = this.#options.clock.monotonic() + APART_MS;
    const blamed = [...parts].filter(([, outcome]) => !outcome.ok && outcome.failure.reason === 'AWSUnavailable');
    if (blamed.length < parts.size) for (const [key] of blamed) this.#apart.set(key, until, ownerOf(call, key));
    return parts;
  }

  async #inHalves(call: PlannedCall<Asked>, answers: Answers): Promise<Answers> {
    const { gates, budgets } = this.#options;
    const { identity } = call[0].reference;
    const middle = Math.ceil(call.length / 2);
    const parts = new Map(answers);
    for (const half of [call.slice(0, middle), call.slice(middle)]) {
      const [first, ...rest] = half;
      if (first === undefined || gates.closed(identity, namespaceOf(call)) !== undefined) continue;
      budgets.spend(identity, rest.length === 0 ? 'single' : 'batch');
      const made = await this.#once([first, ...rest]);
      if (typeof made.answers === 'string') continue;
      const again = made.verdict?.kind === 'service' && rest.length > 0;
      for (const [key, outcome] of again ? await this.#inHalves([first, ...rest], made.answers) : made.answers) parts.set(key, outcome);
    }
    return parts;
  }

  async #once(call: PlannedCall<Asked>): Promise<Ended> {
    const { clock, gates, budgets, permissions } = this.#options;
    const { identity } = call[0].reference;
    const madeAt = clock.monotonic();
    const operation = operationOf(call);
    const tries: Tries[] = [];
    const answers = await this.#ask(call, (one) => void tries.push(one));
    // Whose quota was used up comes first.
    if (answers instanceof Map) this.#noteOwner(call, answers, operation);
    for (const one of tries) budgets.tried(identity, operation, one, madeAt);
    if (answers === 'batch-denied') {
      permissions.denied(identityKey(identity), identity.storeNamespace);
      return { answers };
    }
    const madeFor = new Set(call.flatMap(({ takenFor }) => takenFor ?? []));
    if (answers === 'continued') return { answers, verdict: gates.judge(identity, new Map([[call[0].key, ok(answers)]]), madeAt, madeFor) };
    if (call.length > 1) permissions.granted(identityKey(identity), identity.storeNamespace);
    const verdict = gates.judge(identity, answers, madeAt, madeFor);
    const outcomes = [...answers.values()];
    // Also where a batch is answered but for some of its keys.
    if (outcomes.some(isThrottled)) budgets.throttled(identity, operation, madeAt);
    if (outcomes.every(hadNoCredentials)) budgets.giveBack(identity, operation);
    return { answers, verdict };
  }

  #noteOwner(call: PlannedCall<Asked>, answers: Answers, operation: OperationClass): void {
    for (const { key, reference } of call) {
      const outcome = answers.get(key);
      if (outcome?.ok === true) this.#options.budgets.answered(reference, outcome.value.arn, operation);
    }
  }

  async #ask(call: PlannedCall<Asked>, onTries: OnTries): Promise<Answers | Unanswered> {
    const { secrets, lifetime, budgets } = this.#options;
    const [first] = call;
    const { identity, secretId, version } = first.reference;
    try {
      if (version.kind === 'query') return await this.#askPage(first, onTries);
      this.#reads[call.length === 1 ? 'single' : 'batch'] += call.length;
      if (call.length === 1) {
        const outcome = await secrets.read(identity, secretId, version, lifetime, onTries);
        return new Map([[first.key, outcome]]);
      }
      const batch = await secrets.readBatch(identity, call.map(versionReference), lifetime, onTries);
      if (batch.kind === 'batch-denied') return 'batch-denied';
      for (let further = batch.furtherCalls ?? 0; further > 0; further -= 1) budgets.spend(identity, 'single');
      return new Map(call.map(({ key, reference }, index) => [key, batch.results[index] ?? missing(reference)]));
    } catch (error) {
      lifetime.throwIfAborted();
      // A defect must not take the other identities along, nor vanish: it becomes the failure of these references.
      const defect = fail('InternalError', 'reading from AWS failed unexpectedly', { cause: error });
      return new Map(call.map(({ key }) => [key, defect]));
    }
  }

  /** A failure ends the query: what was found is dropped, and it begins anew the next time. */
  async #askPage(asked: Asked, onTries: OnTries): Promise<Answers | 'continued'> {
    const { secrets, lifetime } = this.#options;
    const { identity, secretId } = asked.reference;
    const found = asked.found ?? new FoundSet(secretId);
    const page = await secrets.findPage(identity, secretId, found.next, lifetime, onTries);
    const outcome = page.ok ? found.add(page.value) : page;
    asked.found = found;
    return outcome === undefined ? 'continued' : new Map([[asked.key, outcome]]);
  }
}

/** Whose share what is kept of a reference counts for. */
function ownerOf(call: PlannedCall<Asked>, key: ReferenceKey): string {
  const asked = call.find((one) => one.key === key);
  return asked?.takenFor || (asked?.reference.identity.storeNamespace ?? '');
}

/** That of its first reference; undefined where it is not known. */
function namespaceOf([{ takenFor }]: PlannedCall<Asked>): string | undefined {
  return takenFor === '' ? undefined : takenFor;
}

/** The planner puts no query into a batch. */
function versionReference({ reference: { secretId, version } }: Asked): VersionReference {
  if (version.kind === 'query') throw new TypeError('no batch call reads a query');
  return { secretId, version };
}

/** By the service itself, not by STS before it was asked. */
function isThrottled(outcome: Outcome<SecretVersion>): boolean {
  return !outcome.ok && outcome.failure.reason === 'Throttled' && outcome.failure.during === undefined;
}

/** The service was not asked. */
function hadNoCredentials(outcome: Outcome<SecretVersion>): boolean {
  return !outcome.ok && outcome.failure.during === 'credentials';
}

export function missing({ secretId }: RemoteReference): Outcome<SecretVersion> {
  return fail('AWSUnavailable', `AWS said nothing about secret "${secretId}"`);
}
