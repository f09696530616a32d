// AWS for the simulation: versions, latency, the quota of each account and region, outages. Every call is counted; no request is made.
import { fail, type Outcome } from '../../src/failure/failure.ts';
import type { Identity } from '../../src/aws/credentials/identity.ts';
import type { BatchResult, SecretFinder, SecretReader, SecretVersion, VersionReference } from '../../src/aws/port.ts';
import { type Clock, ms } from '../../src/base/time/clock.ts';
import { ok } from '../../src/base/result.ts';
import { SecretValue } from '../../src/base/secret-value.ts';
import type { Fleet, RemoteSecret } from './fleet.ts';

export const LATENCY = ms(15);
/** How long a call takes to fail while AWS cannot be reached, all tries of the SDK taken together. */
const OUTAGE_LATENCY = ms(1_000);
/** Calls a second that AWS allows each account and region (service quotas of Secrets Manager). */
const QUOTAS = { BatchGetSecretValue: 100, GetSecretValue: 10_000 } as const;

export type Operation = keyof typeof QUOTAS;

interface CallCounts {
  calls: number;
  throttled: number;
  failed: number;
  /** Secrets that were answered about. */
  secrets: number;
}

export type Counts = Readonly<Record<Operation, Readonly<CallCounts>>>;

interface Quota {
  second: number;
  used: number;
}

interface Stored {
  version: number;
  answer: Outcome<SecretVersion>;
}

export class SimulatedAws implements SecretReader, SecretFinder {
  /** While set, no call gets through. */
  outage = false;
  /** The share of their quotas that other callers leave to us, by account and region; 1 where nothing is said. */
  readonly leftOver = new Map<string, number>();
  #counts = noCalls();
  #busiestSecond = 0;
  readonly #clock: Clock;
  readonly #signal = new AbortController().signal;
  readonly #batchDenied: Identity;
  readonly #stored = new Map<string, Stored>();
  readonly #quotas = new Map<string, Quota>();

  constructor(clock: Clock, fleet: Fleet) {
    this.#clock = clock;
    this.#batchDenied = fleet.batchDenied;
    const now = new Date(clock.now()).toISOString();
    for (const { name, missing } of fleet.secrets) {
      const answer = missing ? fail('RemoteSecretNotFound', `secret "${name}" was not found`) : answerOf(name, 1, now);
      this.#stored.set(name, { version: 1, answer });
    }
  }

  /** Gives a secret a new current version. */
  put({ name }: RemoteSecret): void {
    const stored = this.#storedOf(name);
    stored.version += 1;
    stored.answer = answerOf(name, stored.version, new Date(this.#clock.now()).toISOString());
  }

  /** Every stage is answered with the current version: AWSPREVIOUS changes whenever that does. */
  async read(identity: Identity, secretId: string): Promise<Outcome<SecretVersion>> {
    const refusal = await this.#call('GetSecretValue', identity, 1);
    return refusal ?? this.#storedOf(secretId).answer;
  }

  async readBatch(identity: Identity, references: readonly VersionReference[]): Promise<BatchResult> {
    const refusal = await this.#call('BatchGetSecretValue', identity, references.length);
    if (refusal === undefined && identity === this.#batchDenied) return { kind: 'batch-denied' };
    return { kind: 'answered', results: references.map(({ secretId }) => refusal ?? this.#storedOf(secretId).answer) };
  }

  /** Nobody in the fleet asks for a set. */
  findPage(): Promise<never> {
    return Promise.reject(new Error('the simulation has no queries'));
  }

  /** The calls since the last time. */
  take(): Counts {
    const taken = this.#counts;
    this.#counts = noCalls();
    return taken;
  }

  /** The most calls of one kind that any account and region got within one second, since the last time. */
  takeBusiestSecond(): number {
    const taken = this.#busiestSecond;
    this.#busiestSecond = 0;
    return taken;
  }

  async #call(operation: Operation, identity: Identity, secrets: number): Promise<Outcome<SecretVersion> | undefined> {
    const counts = this.#counts[operation];
    counts.calls += 1;
    await this.#clock.sleep(this.outage ? OUTAGE_LATENCY : LATENCY, this.#signal);
    if (this.outage) {
      counts.failed += 1;
      return fail('AWSUnavailable', 'Secrets Manager could not be reached');
    }
    if (!this.#admits(operation, identity)) {
      counts.throttled += 1;
      return fail('Throttled', 'Secrets Manager throttles');
    }
    counts.secrets += secrets;
    return undefined;
  }

  #admits(operation: Operation, identity: Identity): boolean {
    const place = placeOf(identity);
    const second = Math.floor(this.#clock.monotonic() / 1_000);
    const key = `${operation} ${place}`;
    const quota = this.#quotas.get(key) ?? { second, used: 0 };
    this.#quotas.set(key, quota);
    if (quota.second !== second) Object.assign(quota, { second, used: 0 });
    quota.used += 1;
    this.#busiestSecond = Math.max(this.#busiestSecond, quota.used);
    return quota.used <= QUOTAS[operation] * (this.leftOver.get(place) ?? 1);
  }

  #storedOf(name: string): Stored {
    const stored = this.#stored.get(name);
    if (stored === undefined) throw new RangeError(`there is no secret ${name}`);
    return stored;
  }
}

/** Whose quota a call uses up. */
export function placeOf({ roles, region }: Identity): string {
  return `${roles[0]?.roleArn.split(':')[4] ?? ''} ${region}`;
}

/** One value for all versions: the simulation is about calls, and a value of its own for each would measure the garbage collector. */
const VALUE = SecretValue.ofText('{"username":"service","password":"simulated"}');

function answerOf(name: string, version: number, createdDate: string): Outcome<SecretVersion> {
  const versionId = `00000000-0000-4000-8000-${String(version).padStart(12, '0')}`;
  const arn = `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}-AbCdEf`;
  return ok({ arn, name, versionId, stages: ['AWSCURRENT'], createdDate, value: VALUE });
}

function noCalls(): Record<Operation, CallCounts> {
  const none: CallCounts = { calls: 0, throttled: 0, failed: 0, secrets: 0 };
  return { BatchGetSecretValue: { ...none }, GetSecretValue: { ...none } };
}

export function plus(one: Counts, other: Counts): Counts {
  const add = (a: CallCounts, b: CallCounts): CallCounts => ({
    calls: a.calls + b.calls,
    throttled: a.throttled + b.throttled,
    failed: a.failed + b.failed,
    secrets: a.secrets + b.secrets,
  });
  return {
    BatchGetSecretValue: add(one.BatchGetSecretValue, other.BatchGetSecretValue),
    GetSecretValue: add(one.GetSecretValue, other.GetSecretValue),
  };
}
