/**
 * Tokens of ServiceAccounts. A token is requested once and used until shortly before it expires, for all calls of STS (one for each role,
 * region and retry).
 */
import { hash } from 'node:crypto';
import { fail, type Outcome } from '../../failure/failure.ts';
import { isAbortBy } from '../../base/abort.ts';
import type { Clock } from '../../base/time/clock.ts';
import type { ObjectName } from '../../base/key.ts';
import { ok } from '../../base/result.ts';
import { untilAborted } from '../../base/waiting.ts';
import type { WebIdentity } from './identity.ts';
import { accountFacts } from './identity-facts.ts';
import { SharedMap } from '../../base/sharing/shared-map.ts';

interface Token {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Returns a token of a ServiceAccount. */
export type WebIdentityTokens = (account: ObjectName, audiences: readonly string[], signal: AbortSignal) => Promise<Outcome<Token>>;

export interface SharedToken {
  readonly token: string;
  /** The token is from the cache, not from a new request. */
  readonly kept: boolean;
}

const MAX_TOKENS = { total: 4_096, perOwner: 256 };
/** The clocks of the API server, of STS and of the operator may differ slightly. */
const EARLY_MS = 60_000;
/** Time limit of one request. It continues if one caller stops waiting. */
const REQUEST_TIMEOUT_MS = 20_000;

export class SharedTokens {
  readonly #clock: Clock;
  readonly #request: WebIdentityTokens;
  readonly #kept = new SharedMap<string, Token>(MAX_TOKENS);
  readonly #pending = new Map<string, Promise<Outcome<Token>>>();

  constructor(clock: Clock, request: WebIdentityTokens) {
    this.#clock = clock;
    this.#request = request;
  }

  /** `owner`: namespace of the store, '' for a cluster-scoped store. */
  async tokenOf(identity: WebIdentity, owner: string, signal: AbortSignal): Promise<Outcome<SharedToken>> {
    const key = keyOf(identity);
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.expiresAt - this.#clock.now() > EARLY_MS) return ok({ token: kept.token, kept: true });
    const pending = this.#pending.get(key) ?? this.#ask(key, identity, owner);
    const asked = await untilAborted(pending, signal);
    return asked.ok ? ok({ token: asked.value.token, kept: false }) : asked;
  }

  /** Drops a token that STS has refused, unless it was renewed already. */
  drop(identity: WebIdentity, { token }: SharedToken): void {
    const key = keyOf(identity);
    if (this.#kept.peek(key)?.token === token) this.#kept.delete(key);
  }

  #ask(key: string, identity: WebIdentity, owner: string): Promise<Outcome<Token>> {
    const asked = this.#asked(key, identity, owner).finally(() => this.#pending.delete(key));
    this.#pending.set(key, asked);
    return asked;
  }

  async #asked(key: string, identity: WebIdentity, owner: string): Promise<Outcome<Token>> {
    const { namespace, serviceAccount, audiences } = identity;
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    try {
      const answer = await this.#request({ namespace, name: serviceAccount }, audiences, signal);
      if (answer.ok) this.#kept.set(key, answer.value, owner);
      return answer;
    } catch (error) {
      if (!isAbortBy(signal, error)) throw error;
      return fail('KubernetesUnavailable', { problem: 'no-token', identity: accountFacts(identity) });
    }
  }
}

/** By uid. A digest, because audiences can be long. */
function keyOf({ uid, audiences }: WebIdentity): string {
  return hash('sha256', JSON.stringify([uid, ...audiences]), 'base64');
}
