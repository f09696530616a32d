/** Pages of ListSecrets with the official SDK: the version ids of each secret by stage. */
import { ListSecretsCommand, type SecretListEntry, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Outcome } from '../../failure/failure.ts';
import { ok } from '../../base/result.ts';
import { callerOf } from '../credentials/credentials.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import type { Identity } from '../credentials/identity.ts';
import { MAX_FILTER_LENGTH, SECRETS_ON_A_PAGE } from '../list-limits.ts';
import type { FoundPage, ListedSecret, ListPage, OnAttempts, SecretFinder, SecretLister } from '../port.ts';
import { ServiceCalls, type ServiceContext } from '../client/service-calls.ts';

export class SecretList implements SecretLister, SecretFinder {
  readonly #calls: ServiceCalls<SecretsManagerClient>;

  constructor(context: ServiceContext) {
    this.#calls = new ServiceCalls(context, (config) => new SecretsManagerClient(config));
  }

  async listPage(
    identity: Identity,
    prefixes: readonly string[],
    page: string | undefined,
    signal: AbortSignal,
    onAttempts?: OnAttempts,
  ): Promise<Outcome<ListPage>> {
    const subject: CallSubject = {
      service: 'secretsmanager',
      operation: 'ListSecrets',
      resource: { type: 'several', name: 'the secrets of the account' },
      ...callerOf(identity),
      region: identity.region,
    };
    const command = new ListSecretsCommand({
      MaxResults: SECRETS_ON_A_PAGE,
      ...(prefixes.length === 0 ? {} : { Filters: [{ Key: 'name', Values: [...prefixes] }] }),
      ...(page === undefined ? {} : { NextToken: page }),
    });
    const answer = await this.#calls.send(identity, subject, command, signal, onAttempts);
    if (!answer.ok) return answer;
    const { SecretList: entries = [], NextToken: next } = answer.value;
    return ok({ secrets: entries.flatMap(listedSecret), ...(next === undefined ? {} : { next }) });
  }

  async findPage(
    identity: Identity,
    path: string,
    page: string | undefined,
    signal: AbortSignal,
    onAttempts?: OnAttempts,
  ): Promise<Outcome<FoundPage>> {
    // No name begins with "!", and at the start of a filter it means "not".
    if (path.startsWith('!')) return ok({ found: [] });
    const listed = await this.listPage(identity, path === '' ? [] : [path.slice(0, MAX_FILTER_LENGTH)], page, signal, onAttempts);
    if (!listed.ok) return listed;
    const { secrets, next } = listed.value;
    // Used because AWS may match less strictly than documented.
    const found = secrets.filter(({ name }) => name.startsWith(path)).map(({ arn, name }) => ({ arn, name }));
    return ok({ found, ...(next === undefined ? {} : { next }) });
  }
}

function listedSecret({ ARN: arn, Name: name, SecretVersionsToStages: stagesOf = {} }: SecretListEntry): ListedSecret[] {
  if (arn === undefined || name === undefined) return [];
  const versions = Object.entries(stagesOf).flatMap(([versionId, stages]) => stages.map((stage) => [stage, versionId] as const));
  return [{ arn, name, versions: new Map(versions) }];
}
