/** AWS Systems Manager Parameter Store with the official SDK. Its callers see no error codes, credentials or retries of the SDK. */
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ListTagsForResourceCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { isArn } from '../../api/arn.ts';
import type { Outcome } from '../../failure/failure.ts';
import type { ResourceFacts } from '../../failure/failure-facts.ts';
import { ok } from '../../base/result.ts';
import { callerOf } from '../credentials/credentials.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import { isAboutOne } from '../failure/errors.ts';
import type { Identity } from '../credentials/identity.ts';
import { PARAMETERS_ON_A_PAGE } from '../list-limits.ts';
import { FailingParameters } from './failing-parameters.ts';
import { matchParameters } from './parameters-response.ts';
import { ParameterBatch } from './parameter-batch.ts';
import { nameIn, parameterId } from './parameter-id.ts';
import { parameterVersionOf } from './parameter-version.ts';
import type {
  BatchResult,
  FoundPage,
  OnAttempts,
  SecretFinder,
  SecretReader,
  SecretVersion,
  VersionReference,
  VersionSelector,
} from '../port.ts';
import { ServiceCalls, type ServiceContext } from '../client/service-calls.ts';
import { versionOfTags } from '../tags.ts';

export class ParameterStore implements SecretReader, SecretFinder {
  readonly #calls: ServiceCalls<SSMClient>;
  readonly #lone = new FailingParameters();

  constructor(context: ServiceContext) {
    this.#calls = new ServiceCalls(context, (config) => new SSMClient(config));
  }

  async read(
    identity: Identity,
    secretId: string,
    version: VersionSelector,
    signal: AbortSignal,
    onAttempts?: OnAttempts,
  ): Promise<Outcome<SecretVersion>> {
    if (version.kind === 'tags') return this.#readTags(identity, secretId, signal, onAttempts);
    const reference = { secretId, version };
    const id = parameterId(reference);
    const subject = subjectOfOne(identity, reference);
    const command = new GetParameterCommand({ Name: id, WithDecryption: true });
    const answer = await this.#calls.send(identity, subject, command, signal, onAttempts);
    // What does not exist fails no batch.
    if (answer.ok || answer.failure.reason === 'RemoteSecretNotFound') this.#lone.delete(identity, id);
    else if (isAboutOne(answer.failure)) this.#lone.add(identity, id);
    return answer.ok ? parameterVersionOf(answer.value.Parameter, version, subject) : answer;
  }

  /** References of any version and label. */
  readBatch(
    identity: Identity,
    references: readonly VersionReference[],
    signal: AbortSignal,
    onAttempts?: OnAttempts,
  ): Promise<BatchResult> {
    const batch = new ParameterBatch({
      one: ({ secretId, version }) => this.read(identity, secretId, version, signal, onAttempts),
      many: (several) => this.#getParameters(identity, several, signal, onAttempts),
    });
    return batch.read(references, this.#apart(identity, references));
  }

  /** AWS returns encrypted values with the names. They are not kept. */
  async findPage(
    identity: Identity,
    path: string,
    page: string | undefined,
    signal: AbortSignal,
    onAttempts?: OnAttempts,
  ): Promise<Outcome<FoundPage>> {
    const subject = subjectOf(identity, 'GetParametersByPath', { type: 'path', name: path }, 0);
    const command = new GetParametersByPathCommand({
      Path: path,
      Recursive: true,
      WithDecryption: false,
      MaxResults: PARAMETERS_ON_A_PAGE,
      ...(page === undefined ? {} : { NextToken: page }),
    });
    const answer = await this.#calls.send(identity, subject, command, signal, onAttempts);
    if (!answer.ok) return answer;
    const { Parameters: parameters = [], NextToken: next } = answer.value;
    const found = parameters.flatMap(({ ARN: arn, Name: name }) => (arn === undefined || name === undefined ? [] : [{ arn, name }]));
    return ok({ found, ...(next === undefined ? {} : { next }) });
  }

  /** The API documents names only. An ARN is sent unchanged; its name could belong to another account. */
  async #readTags(identity: Identity, secretId: string, signal: AbortSignal, onAttempts?: OnAttempts): Promise<Outcome<SecretVersion>> {
    const subject = subjectOf(identity, 'ListTagsForResource', resourceOf({ secretId, version: { kind: 'tags' } }), 0);
    const command = new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: secretId });
    const answer = await this.#calls.send(identity, subject, command, signal, onAttempts);
    return answer.ok ? ok(versionOfTags({ arn: '', name: secretId }, answer.value.TagList ?? [])) : answer;
  }

  /**
   * References that are not read in a batch: tags, those that failed a batch before, and further versions of one name. AWS does not
   * document duplicates.
   */
  #apart(identity: Identity, references: readonly VersionReference[]): ReadonlySet<VersionReference> {
    const names = new Set<string>();
    const apart = new Set<VersionReference>();
    for (const reference of references) {
      const id = parameterId(reference);
      const name = nameIn(id);
      if (reference.version.kind === 'tags' || names.has(name) || this.#lone.has(identity, id)) apart.add(reference);
      else names.add(name);
    }
    return apart;
  }

  async #getParameters(
    identity: Identity,
    references: readonly VersionReference[],
    signal: AbortSignal,
    onAttempts?: OnAttempts,
  ): Promise<Outcome<readonly (Outcome<SecretVersion> | undefined)[]>> {
    const subject = subjectOf(identity, 'GetParameters', { type: 'several', name: `${references.length} parameters` }, references.length);
    const command = new GetParametersCommand({ Names: references.map(parameterId), WithDecryption: true });
    const answer = await this.#calls.send(identity, subject, command, signal, onAttempts);
    return answer.ok ? ok(matchParameters(references, answer.value, (reference) => subjectOfOne(identity, reference))) : answer;
  }
}

function subjectOf(identity: Identity, operation: string, resource: ResourceFacts, secrets = 1): CallSubject {
  return { service: 'ssm', operation, resource, ...callerOf(identity), region: identity.region, secrets };
}

/** Names the single call, which reports the cause of a failed entry. */
function subjectOfOne(identity: Identity, reference: VersionReference): CallSubject {
  return subjectOf(identity, 'GetParameter', resourceOf(reference));
}

function resourceOf({ secretId, version }: VersionReference): ResourceFacts {
  const parameter = { type: 'parameter', name: secretId } as const;
  if (version.kind === 'tags') return { ...parameter, version: `tags${isArn(secretId) ? ', which are told by name' : ''}` };
  if (version.kind === 'id') return { ...parameter, version: `version ${version.id}` };
  return version.stage === 'AWSCURRENT' ? parameter : { ...parameter, version: `label ${version.stage}` };
}
