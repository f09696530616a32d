// Injected faults: their requests, their number, and their effect.
import { AwsError } from './aws-error.ts';
import { secretNameOf } from './secret-name.ts';
import type { StaleReadsHandle } from './stale-reads.ts';

export type Fault =
  /** ThrottlingException. */
  | { readonly kind: 'throttle' }
  /** InternalServiceError, status 500. */
  | { readonly kind: 'internal-error' }
  /** Status 503 with the HTML body of a load balancer. */
  | { readonly kind: 'service-unavailable' }
  /** TCP reset instead of an answer. */
  | { readonly kind: 'reset' }
  /** The request is carried out, and a TCP reset takes the place of its answer. */
  | { readonly kind: 'reply-lost' }
  /** No answer until the fault is removed (then the usual one) or the client gives up. */
  | { readonly kind: 'hang' }
  /** The usual answer, `ms` real milliseconds later. */
  | { readonly kind: 'latency'; readonly ms: number }
  | { readonly kind: 'access-denied' }
  | { readonly kind: 'expired-token' }
  | { readonly kind: 'decryption-failure' }
  /** Any other error. Default status 400. */
  | { readonly kind: 'error'; readonly code: string; readonly message?: string; readonly status?: number }
  /** Errors[] entries of BatchGetSecretValue for these secrets; the rest of the batch succeeds. Default code InternalServiceError. */
  | { readonly kind: 'batch-error'; readonly secretIds: readonly string[]; readonly code?: string; readonly message?: string }
  /** ListSecrets shows the moment of the injection, or with `lagMs` the world of so long ago, until removed. */
  | { readonly kind: 'stale-list'; readonly lagMs?: number }
  /** ListSecrets answers an empty page that still carries a NextToken (requests without NextToken only). */
  | { readonly kind: 'empty-page' }
  /** Status 200 (or `status`) with a body that is not what the protocol says. */
  | { readonly kind: 'unparsable-body'; readonly status?: number }
  /** Status 200 (or `status`) with a body that goes on until the client gives up, as fast as the client takes it. */
  | { readonly kind: 'endless-body'; readonly status?: number };

export interface Injection {
  /** Default: every operation of every service. */
  readonly operation?: string;
  /** Name, ARN or partial ARN; hits requests that name this secret. Default: all. */
  readonly secretId?: string;
  readonly account?: string;
  readonly region?: string;
  /** Hits so many requests, then none. Default: no end. */
  readonly times?: number;
  /** 0..1, drawn for each request. Default 1. */
  readonly probability?: number;
  readonly fault: Fault;
}

export interface FaultHandle extends Disposable {
  readonly id: string;
  /** Requests (for batch entries: entries) hit so far. */
  readonly hits: number;
  /** Of `hang`: most requests that waited at the same time. */
  readonly mostHanging: number;
  remove(): void;
}

/** What is known of a request when faults are chosen. */
export interface FaultTarget {
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  readonly secretIds: readonly string[];
}

export interface ActiveFault {
  readonly fault: Fault;
  /** Resolves when the fault is removed. */
  readonly removed: Promise<void>;
  /** Of `hang`: requests that wait now, and most of them at the same time. */
  hanging: number;
  mostHanging: number;
}

interface Rule extends Injection, ActiveFault {
  hits: number;
}

const ENTRY_KINDS = new Set<Fault['kind']>(['access-denied', 'decryption-failure', 'error']);
const BATCH = 'BatchGetSecretValue';

export class Faults {
  readonly #rules = new Map<string, Rule>();
  readonly #freeze: (lagMs: number | undefined) => StaleReadsHandle;
  readonly #random: () => number;
  #nextId = 1;

  constructor(freeze: (lagMs: number | undefined) => StaleReadsHandle, random: () => number = Math.random) {
    this.#freeze = freeze;
    this.#random = random;
  }

  inject(injection: Injection): FaultHandle {
    const id = `fault-${this.#nextId++}`;
    const { promise: removed, resolve } = Promise.withResolvers<void>();
    const { fault } = injection;
    const stale = fault.kind === 'stale-list' ? this.#freeze(fault.lagMs) : undefined;
    const rule: Rule = { ...injection, removed, hits: 0, hanging: 0, mostHanging: 0 };
    this.#rules.set(id, rule);
    const remove = (): void => {
      this.#rules.delete(id);
      stale?.release();
      resolve();
    };
    return {
      id,
      remove,
      [Symbol.dispose]: remove,
      get hits() {
        return rule.hits;
      },
      get mostHanging() {
        return rule.mostHanging;
      },
    };
  }

  get empty(): boolean {
    return this.#rules.size === 0;
  }

  /** Faults that strike the whole request, in the order of their injection. */
  strike(target: FaultTarget): ActiveFault[] {
    const struck: ActiveFault[] = [];
    for (const rule of this.#rules.values()) {
      if (rule.fault.kind === 'batch-error' || isEntryRule(rule, target.operation) || !concerns(rule, target)) continue;
      if (rule.secretId !== undefined && !namesSecret(target.secretIds, rule.secretId)) continue;
      if (this.#fires(rule)) struck.push(rule);
    }
    return struck;
  }

  /** The error planted for one entry of a batch. */
  strikeEntry(target: FaultTarget, secretId: string): AwsError | undefined {
    for (const rule of this.#rules.values()) {
      if (!concerns(rule, target)) continue;
      const { fault } = rule;
      if (fault.kind === 'batch-error') {
        if (namesSecret(fault.secretIds, secretId) && this.#fires(rule)) {
          return new AwsError(fault.code ?? 'InternalServiceError', fault.message ?? 'An error occurred on the server side.');
        }
      } else if (isEntryRule(rule, BATCH) && namesSecret([secretId], rule.secretId ?? '') && this.#fires(rule)) {
        return errorOf(fault);
      }
    }
    return undefined;
  }

  #fires(rule: Rule): boolean {
    if (rule.hits >= (rule.times ?? Number.POSITIVE_INFINITY) || this.#random() >= (rule.probability ?? 1)) return false;
    rule.hits++;
    return true;
  }
}

/** Errors about one secret reach a batch as Errors[] entries, everything else fails the whole call. */
const isEntryRule = (rule: Rule, operation: string): boolean =>
  operation === BATCH && rule.secretId !== undefined && ENTRY_KINDS.has(rule.fault.kind);

function concerns(rule: Rule, target: FaultTarget): boolean {
  return (
    (rule.operation === undefined || rule.operation === target.operation) &&
    (rule.account === undefined || rule.account === target.account) &&
    (rule.region === undefined || rule.region === target.region)
  );
}

const namesSecret = (secretIds: readonly string[], wanted: string): boolean =>
  secretIds.some((id) => id === wanted || secretNameOf(id) === secretNameOf(wanted));

const STANDING_FOR: Partial<Record<Fault['kind'], readonly [code: string, message: string, status?: number]>> = {
  throttle: ['ThrottlingException', 'Rate exceeded'],
  'internal-error': ['InternalServiceError', 'An error occurred on the server side.', 500],
  'access-denied': ['AccessDeniedException', 'User is not authorized to perform this operation'],
  'expired-token': ['ExpiredTokenException', 'The security token included in the request is expired'],
  'decryption-failure': ['DecryptionFailure', "Secrets Manager can't decrypt the protected secret text using the provided KMS key."],
};

/** The AWS error that a fault stands for; undefined for those below or beside the protocol. */
export function errorOf(fault: Fault): AwsError | undefined {
  if (fault.kind === 'error') return new AwsError(fault.code, fault.message ?? fault.code, fault.status);
  const error = STANDING_FOR[fault.kind];
  return error && new AwsError(...error);
}
