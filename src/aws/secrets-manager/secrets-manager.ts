/** AWS Secrets Manager with the official SDK. Its callers see no error codes, credentials or retries of the SDK. */
import {
  BatchGetSecretValueCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { fail, type Outcome } from '../../failure/failure.ts';
import type { ResourceFacts } from '../../failure/failure-facts.ts';
import { failed, ok } from '../../base/result.ts';
import { type BatchPage, matchBatchEntries } from './batch-response.ts';
import { callerOf } from '../credentials/credentials.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import { fromBatchError, incomplete, isAboutOne } from '../failure/errors.ts';
import type { Identity } from '../credentials/identity.ts';
import type { BatchResult, OnAttempts, SecretReader, SecretVersion, VersionReference, VersionSelector } from '../port.ts';
import { secretVersionOf } from './secret-version.ts';
import { ServiceCalls, type ServiceContext } from '../client/service-calls.ts';
import { versionOfTags } from '../tags.ts';

const CURRENT = { kind: 'stage', stage: 'AWSCURRENT' } as const;
/** 20 secrets of 64 KiB need few pages. A server that sends more pages would never end. */
const MAX_PAGES = 25;

export class SecretsManager implements SecretReader {
  readonly #calls: ServiceCalls<SecretsManagerClient>;

  constructor(context: ServiceContext) {
    this.#calls = new ServiceCalls(context, (config) => new SecretsManagerClient(config));
  }

  async read(
    identity: Identity,
    secretId: string,
    version: VersionSelector,
    signal: AbortSignal,
    onAttempts?: OnAttempts,
  ): Promise<Outcome<SecretVersion>> {
    if (version.kind === 'tags') return this.#readTags(identity, secretId, signal, onAttempts);
    const subject = subjectOf(identity, 'GetSecretValue', resourceOf(secretId, version));
    // The stage is always set, because without it emulators return another version.
    const selector = version.kind === 'stage' ? { VersionStage: version.stage } : { VersionId: version.id };
    const command = new GetSecretValueCommand({ SecretId: secretId, ...selector });
    const answer = await this.#calls.send(identity, subject, command, signal, onAttempts);
    return answer.ok ? secretVersionOf(answer.value, subject) : answer;
  }

  /** Reads AWSCURRENT, whatever version the references have. */
  async readBatch(
    identity: Identity,
    references: readonly VersionReference[],
    signal: AbortSignal,
    onAttempts?: OnAttempts,
  ): Promise<BatchResult> {
    const secretIds = references.map(({ secretId }) => secretId);
    const pages = await this.#batchPages(identity, secretIds, signal, onAttempts);
    if (!pages.ok) {
      if (pages.failure.reason === 'AccessDenied') return { kind: 'batch-denied' };
      // One invalid id (a name with a bad character) fails the whole call, so the others are read one by one.
      if (!isAboutOne(pages.failure)) return { kind: 'answered', results: secretIds.map(() => pages) };
    }
    const answered = matchBatchEntries(secretIds, pages.ok ? pages.value : [], (id) =>
      subjectOf(identity, 'GetSecretValue', resourceOf(id, CURRENT)),
    );
    const results: Outcome<SecretVersion>[] = [];
    const furtherPages = pages.ok ? pages.value.length - 1 : 0;
    // One after the other: there are few, and the caller limits the calls of an identity at the same time.
    for (const id of secretIds) results.push(answered.get(id) ?? (await this.read(identity, id, CURRENT, signal, onAttempts)));
    return { kind: 'answered', results, furtherCalls: furtherPages + secretIds.filter((id) => !answered.has(id)).length };
  }

  /** AWS still describes a secret that is marked for deletion. Then its tags count as deleted, like its value. */
  async #readTags(identity: Identity, secretId: string, signal: AbortSignal, onAttempts?: OnAttempts): Promise<Outcome<SecretVersion>> {
    const subject = subjectOf(identity, 'DescribeSecret', resourceOf(secretId, { kind: 'tags' }), 0);
    const command = new DescribeSecretCommand({ SecretId: secretId });
    const answer = await this.#calls.send(identity, subject, command, signal, onAttempts);
    if (!answer.ok) return answer;
    const { ARN: arn, Name: name, DeletedDate: deleted, Tags: tags = [] } = answer.value;
    if (deleted !== undefined) return failed(fromBatchError('InvalidRequestException', 'marked for deletion', subject));
    if (arn === undefined || name === undefined) {
      return fail('AWSUnavailable', incomplete(subject));
    }
    return ok(versionOfTags({ arn, name }, tags));
  }

  async #batchPages(
    identity: Identity,
    secretIds: readonly string[],
    signal: AbortSignal,
    onAttempts?: OnAttempts,
  ): Promise<Outcome<readonly BatchPage[]>> {
    const subject = subjectOf(identity, 'BatchGetSecretValue', { type: 'several', name: `${secretIds.length} secrets` }, secretIds.length);
    const pages: BatchPage[] = [];
    let token: string | undefined;
    do {
      const command = new BatchGetSecretValueCommand({ SecretIdList: [...secretIds], ...(token !== undefined && { NextToken: token }) });
      // Further pages request no further values.
      const asked = pages.length === 0 ? subject : { ...subject, secrets: 0 };
      const page = await this.#calls.send(identity, asked, command, signal, onAttempts);
      if (!page.ok) return page;
      pages.push(page.value);
      token = page.value.NextToken;
    } while (token !== undefined && pages.length < MAX_PAGES);
    return token === undefined
      ? ok(pages)
      : fail('AWSUnavailable', {
          service: subject.service,
          region: subject.region,
          operation: subject.operation,
          problem: 'endless-answer',
        });
  }
}

function subjectOf(identity: Identity, operation: string, resource: ResourceFacts, secrets = 1): CallSubject {
  return { service: 'secretsmanager', operation, resource, ...callerOf(identity), region: identity.region, secrets };
}

function resourceOf(secretId: string, version: VersionSelector): ResourceFacts {
  const secret = { type: 'secret', name: secretId } as const;
  if (version.kind === 'tags') return { ...secret, version: 'tags' };
  if (version.kind === 'id') return { ...secret, version: `version ${version.id}` };
  return version.stage === CURRENT.stage ? secret : { ...secret, version: `stage ${version.stage}` };
}
