/** The port to AWS Secrets Manager over the official SDK. Identities, retries, renewal of credentials and error codes end here. */
import { BatchGetSecretValueCommand, GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { fail, type Failure, type Outcome } from '../api/failure.ts';
import type { Clock } from '../base/clock.ts';
import { ok } from '../base/result.ts';
import { type BatchPage, sortBatchAnswer } from './batch-answer.ts';
import { SecretsManagerClients } from './clients.ts';
import { Credentials, knownAs, type WebIdentityTokens } from './credentials.ts';
import { type CallSubject, isIdentityWide } from './errors.ts';
import type { Identity } from './identity.ts';
import { type CallObserver, observedCall } from './observed-call.ts';
import type { BatchResult, SecretsManager, SecretVersion, VersionSelector } from './port.ts';
import { secretVersionOf } from './secret-version.ts';
import { createTransport, type TransportOptions } from './transport.ts';

export interface SecretsManagerOptions {
  readonly clock: Clock;
  readonly tokens: WebIdentityTokens;
  readonly observe: CallObserver;
  readonly transport?: TransportOptions;
}

const CURRENT = { kind: 'stage', stage: 'AWSCURRENT' } as const;
/** 20 secrets of 64 KiB need few pages; more than this is a server that never ends. */
const MAX_PAGES = 25;

/** Holds connections: `close` lets them go. */
export function createSecretsManager(options: SecretsManagerOptions): SecretsManager & { close(): void } {
  const transport = createTransport(options.transport);
  const { clock, observe, tokens } = options;
  const reader = new SdkSecretsManager(new Credentials({ clock, observe, tokens, transport }), new SecretsManagerClients(transport), {
    clock,
    observe,
  });
  return {
    getSecretValue: (identity, secretId, version, signal) => reader.getSecretValue(identity, secretId, version, signal),
    batchGetSecretValue: (identity, secretIds, signal) => reader.batchGetSecretValue(identity, secretIds, signal),
    verifyCredentials: (identity, signal) => reader.verifyCredentials(identity, signal),
    close: () => transport.destroy(),
  };
}

class SdkSecretsManager implements SecretsManager {
  readonly #credentials: Credentials;
  readonly #clients: SecretsManagerClients;
  readonly #context: { readonly clock: Clock; readonly observe: CallObserver };

  constructor(
    credentials: Credentials,
    clients: SecretsManagerClients,
    context: { readonly clock: Clock; readonly observe: CallObserver },
  ) {
    this.#credentials = credentials;
    this.#clients = clients;
    this.#context = context;
  }

  async getSecretValue(
    identity: Identity,
    secretId: string,
    version: VersionSelector,
    signal: AbortSignal,
  ): Promise<Outcome<SecretVersion>> {
    const subject = subjectOf(identity, 'GetSecretValue', describe(secretId, version));
    // The stage is always named: emulators answer with another version when it's left out.
    const selector = version.kind === 'stage' ? { VersionStage: version.stage } : { VersionId: version.id };
    const command = new GetSecretValueCommand({ SecretId: secretId, ...selector });
    const answer = await this.#call(identity, subject, signal, (client) => client.send(command, { abortSignal: signal }));
    return answer.ok ? secretVersionOf(answer.value, subject.what) : answer;
  }

  async batchGetSecretValue(identity: Identity, secretIds: readonly string[], signal: AbortSignal): Promise<BatchResult> {
    const pages = await this.#batchPages(identity, secretIds, signal);
    if (!pages.ok) {
      if (pages.failure.reason === 'AccessDenied') return { kind: 'batch-denied' };
      if (isAboutOne(pages.failure)) return answered(await this.#oneByOne(identity, secretIds, signal));
      return answered(new Map(secretIds.map((id) => [id, pages])));
    }
    const { results, open } = sortBatchAnswer(secretIds, pages.value, (id) => subjectOf(identity, 'GetSecretValue', describe(id, CURRENT)));
    for (const [id, outcome] of await this.#oneByOne(identity, open, signal)) results.set(id, outcome);
    return answered(results);
  }

  async verifyCredentials(identity: Identity, signal: AbortSignal): Promise<Outcome<{ readonly knownAs: string }>> {
    const credentials = await this.#credentials.resolve(identity, signal);
    return credentials.ok ? ok({ knownAs: knownAs(identity) }) : credentials;
  }

  async #batchPages(identity: Identity, secretIds: readonly string[], signal: AbortSignal): Promise<Outcome<readonly BatchPage[]>> {
    const subject = subjectOf(identity, 'BatchGetSecretValue', `${secretIds.length} secrets`);
    const pages: BatchPage[] = [];
    let token: string | undefined;
    do {
      const command = new BatchGetSecretValueCommand({ SecretIdList: [...secretIds], ...(token !== undefined && { NextToken: token }) });
      const page = await this.#call(identity, subject, signal, (client) => client.send(command, { abortSignal: signal }));
      if (!page.ok) return page;
      pages.push(page.value);
      token = page.value.NextToken;
    } while (token !== undefined && pages.length < MAX_PAGES);
    return token === undefined
      ? ok(pages)
      : fail('AWSUnavailable', `Secrets Manager in ${identity.region} answers ${subject.operation} without end`);
  }

  /** One after the other: few ids, and the caller bounds how many calls an identity makes at once. */
  async #oneByOne(
    identity: Identity,
    secretIds: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Outcome<SecretVersion>>> {
    const results = new Map<string, Outcome<SecretVersion>>();
    for (const id of secretIds) results.set(id, await this.getSecretValue(identity, id, CURRENT, signal));
    return results;
  }

  #call<T extends object>(
    identity: Identity,
    subject: CallSubject,
    signal: AbortSignal,
    send: (client: SecretsManagerClient) => Promise<T>,
  ): Promise<Outcome<T>> {
    return this.#credentials.use(identity, signal, (credentials) =>
      observedCall(this.#context, subject, signal, () => send(this.#clients.for(identity, credentials))),
    );
  }
}

/** One wrong id (a name with a bad character) fails the whole call; the others must not suffer for it. */
function isAboutOne(failure: Failure): boolean {
  return failure.reason !== 'AWSUnavailable' && failure.reason !== 'InternalError' && !isIdentityWide(failure.reason);
}

function answered(results: ReadonlyMap<string, Outcome<SecretVersion>>): BatchResult {
  return { kind: 'answered', results };
}

function subjectOf(identity: Identity, operation: string, what: string): CallSubject {
  return { service: 'secretsmanager', operation, what, as: knownAs(identity), region: identity.region };
}

function describe(secretId: string, version: VersionSelector): string {
  if (version.kind === 'id') return `secret "${secretId}" (version ${version.id})`;
  return version.stage === CURRENT.stage ? `secret "${secretId}"` : `secret "${secretId}" (stage ${version.stage})`;
}
