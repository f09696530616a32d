/**
 * Makes planned calls and reports their results to circuit breakers, budgets and batch permissions. If the service cannot answer a batch,
 * the executor repeats the call in halves, until it has found the references that cause the failure, or the failure is an outage.
 */
import { type Identity, identityKey } from '../../../aws/credentials/identity.ts';
import { fail, type Outcome } from '../../../failure/failure.ts';
import type { OnAttempts, SecretFinder, SecretReader, SecretVersion, CallAttempts, VersionReference } from '../../../aws/port.ts';
import type { Clock } from '../../../base/time/clock.ts';
import { inHalves } from '../../../base/halves.ts';
import { ok } from '../../../base/result.ts';
import { SharedMap } from '../../../base/sharing/shared-map.ts';
import type { BatchPermissions } from '../../limits/batch-permissions.ts';
import type { CallBudgets, OperationClass } from '../../limits/budgets/call-budgets.ts';
import { FoundSet } from './found-set.ts';
import { type ForeignAccounts, isThrottledByService } from '../../limits/breakers/foreign-accounts.ts';
import type { SourceBreakers } from '../../limits/breakers/source-breakers.ts';
import type { CallResult } from '../../limits/breakers/call-result.ts';
import { operationOf, type PlannedCall } from './plan-calls.ts';
import type { ReferenceKey, RemoteReference } from '../../port.ts';
import { type KeyedReference } from '../../references/reference-key.ts';

export type Answers = ReadonlyMap<ReferenceKey, Outcome<SecretVersion>>;

/** A reference to read. For a query with the result so far. */
export interface ReferenceRequest extends KeyedReference {
  found?: FoundSet | undefined;
  /** The namespace that the read counts for; '' without subscribers. */
  readonly servedNamespace?: string;
}

/** batch-denied: the references must be read one by one. continued: a page of a query was read, and more pages follow. */
type NoAnswers = 'batch-denied' | 'continued';

interface CallOutcome {
  readonly answers: Answers | NoAnswers;
  readonly callResult?: CallResult | undefined;
}

export interface CallExecutorOptions {
  readonly secrets: SecretReader & SecretFinder;
  readonly clock: Clock;
  /** Ends all calls. */
  readonly lifetime: AbortSignal;
  readonly breakers: SourceBreakers;
  readonly budgets: CallBudgets;
  readonly permissions: BatchPermissions;
}

/** Time for which a reference that failed a batch is read by itself. */
const ALONE_MS = 3_600_000;
const MAX_ALONE = { total: 1_024 };

export class CallExecutor {
  readonly #options: CallExecutorOptions;
  /** The end of that time (monotonic). */
  readonly #alone = new SharedMap<ReferenceKey, number>(MAX_ALONE);
  readonly #reads = { batch: 0, single: 0 };

  constructor(options: CallExecutorOptions) {
    this.#options = options;
  }

  /** Whether the reference must be read by itself, because it failed a batch. */
  mustReadAlone(key: ReferenceKey): boolean {
    return (this.#alone.get(key) ?? 0) > this.#options.clock.monotonic();
  }

  /** Number of references that were read, by kind of call. */
  get reads(): { readonly batch: number; readonly single: number } {
    return this.#reads;
  }

  /** The caller has taken the budget for the call. Rejects only when the lifetime ends. */
  async make(call: PlannedCall<ReferenceRequest>): Promise<Answers | NoAnswers> {
    // The answers of parts replace those of the whole.
    const answers = new Map<ReferenceKey, Outcome<SecretVersion>>();
    const results = await inHalves(
      call,
      (part) => this.#makePart(part, call, answers),
      (result) => result?.callResult?.kind === 'service',
    );
    const [whole] = results.length === 1 ? results : [];
    if (whole !== undefined) return whole.answers;
    const failing = [...answers].filter(([, outcome]) => !outcome.ok && outcome.failure.reason === 'AWSUnavailable').map(([key]) => key);
    if (failing.length < answers.size) this.#readAlone(call, failing);
    return answers;
  }

  /** Undefined: a breaker has opened meanwhile, and the answers of the call that has failed stay. */
  async #makePart(
    part: PlannedCall<ReferenceRequest>,
    whole: PlannedCall<ReferenceRequest>,
    answers: Map<ReferenceKey, Outcome<SecretVersion>>,
  ): Promise<CallOutcome | undefined> {
    const { breakers, budgets } = this.#options;
    const { identity } = part[0].reference;
    if (part.length < whole.length) {
      if (breakers.openBreaker(identity, namespaceOf(part)) !== undefined) return undefined;
      budgets.spend(identity, part.length === 1 ? 'single' : 'batch');
    }
    const made = await this.#makeOnce(part);
    if (typeof made.answers !== 'string') for (const [key, outcome] of made.answers) answers.set(key, outcome);
    return made;
  }

  async #makeOnce(call: PlannedCall<ReferenceRequest>): Promise<CallOutcome> {
    const { clock, breakers, budgets, permissions } = this.#options;
    const { identity } = call[0].reference;
    const madeAt = clock.monotonic();
    const operation = operationOf(call);
    const attempts: CallAttempts[] = [];
    const answers = await this.#read(call, (one) => void attempts.push(one));
    // First, because the attempts count in the budget of the account that the answer proves.
    if (answers instanceof Map) this.#recordOwner(call, answers, operation);
    const accounts = this.#foreignAccounts(call);
    const outside = this.#outsideBudget(identity, accounts);
    const counted = outside.size === 0 ? attempts : attempts.map((one) => ({ ...one, throttled: 0 }));
    for (const one of counted) budgets.tried(identity, operation, one, madeAt);
    if (answers === 'batch-denied') {
      permissions.denied(identityKey(identity), identity.storeNamespace);
      return { answers };
    }
    const madeFor = new Set(call.flatMap(({ servedNamespace }) => servedNamespace ?? []));
    if (answers === 'continued')
      return { answers, callResult: breakers.recordCall(identity, new Map([[call[0].key, ok(answers)]]), madeAt, madeFor) };
    if (call.length > 1) permissions.granted(identityKey(identity), identity.storeNamespace);
    if (this.#isThrottledForUnknown(call, accounts, answers, attempts)) return { answers };
    // A batch may answer some keys and throttle others.
    if (hasThrottled(call, answers, outside)) budgets.throttled(identity, operation, madeAt);
    if ([...answers.values()].every(hasNoCredentials)) budgets.giveBack(identity, operation);
    return { answers, callResult: breakers.recordCall(identity, answers, madeAt, madeFor, accounts) };
  }

  /**
   * Whether a batch with secrets of the own account and of others was throttled as a whole: nobody can tell by which account, so it counts for none. The
   * secrets of others are read by themselves from now on, also if only some of its attempts were throttled.
   */
  #isThrottledForUnknown(
    call: PlannedCall<ReferenceRequest>,
    accounts: ForeignAccounts,
    answers: Answers,
    attempts: readonly CallAttempts[],
  ): boolean {
    if (accounts.size === 0 || accounts.size === call.length) return false;
    const isWhole = [...answers.values()].every(isThrottledByService);
    if (isWhole || attempts.some(({ throttled }) => throttled > 0)) this.#readAlone(call, accounts.keys());
    return isWhole;
  }

  /** The next calls show which of these references cause the failure of the batch. */
  #readAlone(call: PlannedCall<ReferenceRequest>, keys: Iterable<ReferenceKey>): void {
    const until = this.#options.clock.monotonic() + ALONE_MS;
    for (const key of keys) this.#alone.set(key, until, ownerOf(call, key));
  }

  /** The references whose throttling does not lower the rate of the identity. Until its account is proved, the account of any secret may be its own. */
  #outsideBudget(identity: Identity, accounts: ForeignAccounts): ForeignAccounts {
    return this.#options.budgets.isProved(identity) ? accounts : new Map();
  }

  #foreignAccounts(call: PlannedCall<ReferenceRequest>): ForeignAccounts {
    const accounts = new Map<ReferenceKey, string>();
    for (const { key, reference } of call) {
      const account = this.#options.budgets.foreignAccount(reference);
      if (account !== undefined) accounts.set(key, account);
    }
    return accounts;
  }

  #recordOwner(call: PlannedCall<ReferenceRequest>, answers: Answers, operation: OperationClass): void {
    for (const { key, reference } of call) {
      const outcome = answers.get(key);
      if (outcome?.ok === true) this.#options.budgets.answered(reference, outcome.value.arn, operation);
    }
  }

  async #read(call: PlannedCall<ReferenceRequest>, onAttempts: OnAttempts): Promise<Answers | NoAnswers> {
    const { secrets, lifetime, budgets } = this.#options;
    const [first] = call;
    const { identity, secretId, version } = first.reference;
    try {
      if (version.kind === 'query') return await this.#readPage(first, onAttempts);
      this.#reads[call.length === 1 ? 'single' : 'batch'] += call.length;
      if (call.length === 1) {
        const outcome = await secrets.read(identity, secretId, version, lifetime, onAttempts);
        return new Map([[first.key, outcome]]);
      }
      const batch = await secrets.readBatch(identity, call.map(versionReference), lifetime, onAttempts);
      if (batch.kind === 'batch-denied') return 'batch-denied';
      for (let further = batch.furtherCalls ?? 0; further > 0; further -= 1) budgets.spend(identity, 'single');
      return new Map(call.map(({ key, reference }, index) => [key, batch.results[index] ?? missing(reference)]));
    } catch (error) {
      lifetime.throwIfAborted();
      // A defect must neither end the reads of other identities nor be hidden, so it becomes the failure of these references.
      const defect = fail('InternalError', 'reading from AWS failed unexpectedly', { cause: error });
      return new Map(call.map(({ key }) => [key, defect]));
    }
  }

  /** A failure ends the query: the result so far is dropped, and the next read starts from the first page. */
  async #readPage(request: ReferenceRequest, onAttempts: OnAttempts): Promise<Answers | 'continued'> {
    const { secrets, lifetime } = this.#options;
    const { identity, secretId } = request.reference;
    const found = request.found ?? new FoundSet(secretId);
    const page = await secrets.findPage(identity, secretId, found.next, lifetime, onAttempts);
    const outcome = page.ok ? found.add(page.value) : page;
    request.found = found;
    return outcome === undefined ? 'continued' : new Map([[request.key, outcome]]);
  }
}

/** The namespace whose share the entry uses. */
function ownerOf(call: PlannedCall<ReferenceRequest>, key: ReferenceKey): string {
  const request = call.find((one) => one.key === key);
  return request?.servedNamespace || (request?.reference.identity.storeNamespace ?? '');
}

/** The namespace of the first reference of the call. Undefined if unknown. */
function namespaceOf([{ servedNamespace }]: PlannedCall<ReferenceRequest>): string | undefined {
  return servedNamespace === '' ? undefined : servedNamespace;
}

/** The planner does not put queries into batches. */
function versionReference({ reference: { secretId, version } }: ReferenceRequest): VersionReference {
  if (version.kind === 'query') throw new TypeError('no batch call reads a query');
  return { secretId, version };
}

/** Whether one of these references was throttled, other than those of these foreign accounts. */
function hasThrottled(call: PlannedCall<ReferenceRequest>, answers: Answers, except: ForeignAccounts): boolean {
  return call.some(({ key }) => {
    const outcome = answers.get(key);
    return !except.has(key) && outcome !== undefined && isThrottledByService(outcome);
  });
}

/** The call did not reach the service. */
function hasNoCredentials(outcome: Outcome<SecretVersion>): boolean {
  return !outcome.ok && outcome.failure.during === 'credentials';
}

export function missing({ secretId }: RemoteReference): Outcome<SecretVersion> {
  return fail('AWSUnavailable', `AWS said nothing about secret "${secretId}"`);
}
