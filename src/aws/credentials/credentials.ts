/**
 * Credentials by identity, for the whole process. Each step of a chain (stored access key, web identity, each role) is resolved once and shared by every
 * identity that contains it, so there is one STS call per role and lifetime. Stored keys are revealed only here.
 */
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import type { AwsCredentialIdentity } from '@smithy/types';
import { fail, type Failure, type Outcome } from '../../failure/failure.ts';
import type { IdentityFacts } from '../../failure/failure-facts.ts';
import { isAbortBy } from '../../base/abort.ts';
import { assertNever } from '../../base/assert-never.ts';
import { failed, ok } from '../../base/result.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import { credentialKey, type CredentialKey, type CredentialSource, type StaticCredentials, type WebIdentity } from './identity.ts';
import { accountFacts, identityFacts, trimmedText } from './identity-facts.ts';
import { observedCall } from '../call/observed-call.ts';
import { Session } from './session.ts';
import { sessionName } from './session-name.ts';
import { SharedMap } from '../../base/sharing/shared-map.ts';
import { assumeRole, assumeRoleWithWebIdentity, type StsCall, type StsContext } from './sts.ts';
import { StsRate } from './sts-rate.ts';
import { untilAborted } from '../../base/waiting.ts';
import { SharedTokens, type WebIdentityTokens } from './web-identity-tokens.ts';

export interface CredentialsContext extends StsContext {
  readonly tokens: WebIdentityTokens;
}

/** A session takes about 2 kB. A dropped session costs one STS call. */
const MAX_SESSIONS = { total: 4_096, perOwner: 256 };
/** Time limit of one step. It continues if one caller stops waiting. */
const STEP_TIMEOUT_MS = 30_000;

/** The identity of a call, and the namespace of its store. */
export function callerOf(source: CredentialSource, identity = identityFacts(source)): Pick<CallSubject, 'identity' | 'owner'> {
  return { identity, owner: source.storeNamespace ?? '' };
}

export class Credentials {
  readonly #context: CredentialsContext;
  readonly #tokens: SharedTokens;
  readonly #turns: StsRate;
  readonly #sessions = new SharedMap<CredentialKey, Session>(MAX_SESSIONS);

  constructor(context: CredentialsContext) {
    this.#context = context;
    this.#tokens = new SharedTokens(context.clock, context.tokens);
    this.#turns = new StsRate(context.clock);
  }

  async resolve(identity: CredentialSource, signal: AbortSignal): Promise<Outcome<AwsCredentialIdentity>> {
    const outcome = await untilAborted(this.#session(identity).credentials(), signal);
    return outcome.ok ? outcome : failed({ ...outcome.failure, during: 'credentials' });
  }

  /** Runs `call` with credentials. If AWS rejects them, renews them and repeats the call once. Stored keys are not renewed. */
  async use<T>(
    identity: CredentialSource,
    signal: AbortSignal,
    call: (credentials: AwsCredentialIdentity) => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> {
    const credentials = await this.resolve(identity, signal);
    if (!credentials.ok) return credentials;
    const outcome = await call(credentials.value);
    if (outcome.ok || !isRefusal(outcome.failure) || (identity.base.kind === 'static' && identity.roles.length === 0)) return outcome;
    this.#session(identity).drop(credentials.value);
    const renewed = await this.resolve(identity, signal);
    return renewed.ok ? call(renewed.value) : renewed;
  }

  #session(identity: CredentialSource): Session {
    const key = credentialKey(identity);
    const owner = identity.storeNamespace ?? '';
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    const session = new Session(this.#context.clock, () => this.#obtain(identity, AbortSignal.timeout(STEP_TIMEOUT_MS)));
    this.#sessions.set(key, session, owner);
    return session;
  }

  async #obtain(identity: CredentialSource, signal: AbortSignal): Promise<Outcome<AwsCredentialIdentity>> {
    try {
      return await this.#obtainBy(identity, signal);
    } catch (error) {
      if (!isAbortBy(signal, error)) throw error;
      return fail('AWSUnavailable', { problem: 'timeout', identity: identityFacts(identity) });
    }
  }

  #obtainBy(identity: CredentialSource, signal: AbortSignal): Promise<Outcome<AwsCredentialIdentity>> {
    const { base, roles } = identity;
    const step = roles.at(-1);
    if (step !== undefined) {
      const before: CredentialSource = { ...identity, roles: roles.slice(0, -1) };
      const call = stsCall(identity, identityFacts(before), signal);
      return this.use(before, signal, async (credentials) => {
        const turn = await this.#turns.next(identity, signal);
        return turn.ok ? assumeRole(this.#context, step, credentials, call) : turn;
      });
    }
    switch (base.kind) {
      case 'operator':
        return this.#fromEnvironment(identity, signal);
      case 'static':
        return Promise.resolve(ok(revealed(base)));
      case 'web-identity':
        return this.#fromWebIdentity(identity, base, signal);
      default:
        return assertNever(base);
    }
  }

  async #fromWebIdentity(identity: CredentialSource, base: WebIdentity, signal: AbortSignal): Promise<Outcome<AwsCredentialIdentity>> {
    const turn = await this.#turns.next(identity, signal);
    if (!turn.ok) return turn;
    const token = await this.#tokens.tokenOf(base, identity.storeNamespace ?? '', signal);
    if (!token.ok) {
      this.#turns.giveBack(identity);
      return token;
    }
    const call = stsCall(identity, accountFacts(base), signal);
    const outcome = await assumeRoleWithWebIdentity(this.#context, base.roleArn, token.value.token, call);
    if (outcome.ok || !isRefusal(outcome.failure)) return outcome;
    this.#tokens.drop(base, token.value);
    // The token was valid when it was issued. Since then the cluster may have changed its signing key, or the clocks differ.
    return token.value.kept ? this.#fromWebIdentity(identity, base, signal) : outcome;
  }

  /** A new chain each time, because the chain of the SDK caches its credentials, also those that AWS refused. */
  #fromEnvironment(identity: CredentialSource, signal: AbortSignal): Promise<Outcome<AwsCredentialIdentity>> {
    const { region } = identity;
    const chain = fromNodeProviderChain({ clientConfig: { region, requestHandler: this.#context.transport } });
    const resource = { type: 'role', name: 'of its own' } as const;
    const subject = { service: 'credentials', operation: 'ResolveCredentials', resource, ...callerOf(identity), region } as const;
    return observedCall(this.#context, subject, signal, () => untilAborted(chain(), signal));
  }
}

/** Whether AWS refused the credentials, or the token that was exchanged for them. */
function isRefusal({ reason }: Failure): boolean {
  return reason === 'CredentialsExpired' || reason === 'CredentialsInvalid';
}

function stsCall(source: CredentialSource, caller: IdentityFacts, signal: AbortSignal): StsCall {
  return { region: source.region, sessionName: sessionName(source), ...callerOf(source, caller), signal };
}

function revealed(base: StaticCredentials): AwsCredentialIdentity {
  return {
    accessKeyId: trimmedText(base.accessKeyId),
    secretAccessKey: trimmedText(base.secretAccessKey),
    ...(base.sessionToken !== undefined && { sessionToken: trimmedText(base.sessionToken) }),
  };
}
