/** AWS Systems Manager Parameter Store over the official SDK. Identities, retries, renewal of credentials and error codes end here. */
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ListTagsForResourceCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { Outcome } from '../../api/failure.ts';
import type { ResourceFacts } from '../../api/failure-facts.ts';
import { ok } from '../../base/result.ts';
import { callerOf } from '../credentials/credentials.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import { isAboutOne } from '../failure/errors.ts';
import type { Identity } from '../credentials/identity.ts';
import { PARAMETERS_ON_A_PAGE } from '../list-limits.ts';
import { FailingParameters } from './failing-parameters.ts';
import { sortParameters } from './parameter-answer.ts';
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
import { ServiceCalls, type ServiceContext } from '../call/service-calls.ts';
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
    const answer = await this.#calls.call(identity, subject, signal, (client) => client.send(command, { abortSignal: signal }), {
      onAttempts,
    });
    // What does not exist fails no batch.
    if (answer.ok || answer.failure.reason === 'RemoteSecretNotFound') this.#lone.delete(identity, id);
    else if (isAboutOne(answer.failure)) this.#lone.add(identity, id);
    return answer.ok ? parameterVersionOf(answer.value.Parameter, version, subject) : answer;
  }

  /** Any versions and labels. */
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

  /** AWS tells the values with the names. They are not decrypted for it, and not kept. */
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
    const answer = await this.#calls.call(identity, subject, signal, (client) => client.send(command, { abortSignal: signal }), {
      onAttempts,
    });
    if (!answer.ok) return answer;
    const { Parameters: parameters = [], NextToken: next } = answer.value;
    const found = parameters.flatMap(({ ARN: arn, Name: name }) => (arn === undefined || name === undefined ? [] : [{ arn, name }]));
    return ok({ found, ...(next === undefined ? {} : { next }) });
  }

  /**
   * By its name, says the API model. An ARN is passed on as it is, so that AWS may refuse it: by the name in it AWS would tell the tags of a
   * parameter of the caller's own account, which may be another one.
   */
  async #readTags(identity: Identity, secretId: string, signal: AbortSignal, onAttempts?: OnAttempts): Promise<Outcome<SecretVersion>> {
    const subject = subjectOf(identity, 'ListTagsForResource', resourceOf({ secretId, version: { kind: 'tags' } }), 0);
    const command = new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: secretId });
    const answer = await this.#calls.call(identity, subject, signal, (client) => client.send(command, { abortSignal: signal }), {
      onAttempts,
    });
    return answer.ok ? ok(versionOfTags({ arn: '', name: secretId }, answer.value.TagList ?? [])) : answer;
  }

  /**
   * What has failed batches before, what is no value, and all but the first of one name: nothing says that AWS takes two versions of a parameter, or
   * two spellings, in the same call, and entries are found by name.
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
    const answer = await this.#calls.call(identity, subject, signal, (client) => client.send(command, { abortSignal: signal }), {
      onAttempts,
    });
    return answer.ok ? ok(sortParameters(references, answer.value, (reference) => subjectOfOne(identity, reference))) : answer;
  }
}

function subjectOf(identity: Identity, operation: string, resource: ResourceFacts, secrets = 1): CallSubject {
  return { service: 'ssm', operation, resource, ...callerOf(identity), region: identity.region, secrets };
}

/** It names the single call, which tells in the end what is wrong with one of many. */
function subjectOfOne(identity: Identity, reference: VersionReference): CallSubject {
  return subjectOf(identity, 'GetParameter', resourceOf(reference));
}

function resourceOf({ secretId, version }: VersionReference): ResourceFacts {
  const parameter = { type: 'parameter', name: secretId } as const;
  if (version.kind === 'tags') return { ...parameter, version: `tags${secretId.startsWith('arn:') ? ', which are told by name' : ''}` };
  if (version.kind === 'id') return { ...parameter, version: `version ${version.id}` };
  return version.stage === 'AWSCURRENT' ? parameter : { ...parameter, version: `label ${version.stage}` };
}
