/** The two calls of STS in the region of the identity: AssumeRole and AssumeRoleWithWebIdentity. */
import {
  type AssumedRoleUser,
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  type Credentials,
  STSClient,
} from '@aws-sdk/client-sts';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentialIdentity } from '@smithy/types';
import { accountInArn } from '../../api/arn.ts';
import { fail, type Outcome } from '../../failure/failure.ts';
import { ok } from '../../base/result.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import type { RoleStep } from './identity.ts';
import { type CallContext, observedCall } from '../call/observed-call.ts';

/** One hour: the maximum for role chaining, and every role allows it. */
const DURATION_SECONDS = 3_600;

export interface StsContext extends CallContext {
  readonly transport: NodeHttpHandler;
}

export interface StsCall {
  readonly region: string;
  readonly sessionName: string;
  /** See CallSubject. */
  readonly identity: CallSubject['identity'];
  readonly owner: string;
  readonly signal: AbortSignal;
}

export async function assumeRole(
  context: StsContext,
  step: RoleStep,
  credentials: AwsCredentialIdentity,
  call: StsCall,
): Promise<Outcome<AwsCredentialIdentity>> {
  const subject = subjectOf('AssumeRole', step.roleArn, call);
  const command = new AssumeRoleCommand({
    RoleArn: step.roleArn,
    RoleSessionName: call.sessionName,
    DurationSeconds: DURATION_SECONDS,
    ...(step.externalId !== undefined && { ExternalId: step.externalId }),
    ...(step.sessionTags.length > 0 && { Tags: step.sessionTags.map(({ key, value }) => ({ Key: key, Value: value })) }),
    ...(step.transitiveTagKeys.length > 0 && { TransitiveTagKeys: [...step.transitiveTagKeys] }),
  });
  const client = clientFor(context, call.region, credentials);
  const answer = await observedCall(context, subject, call.signal, () => client.send(command, { abortSignal: call.signal }));
  return answer.ok ? credentialsOf(answer.value, subject) : answer;
}

export async function assumeRoleWithWebIdentity(
  context: StsContext,
  roleArn: string,
  token: string,
  call: StsCall,
): Promise<Outcome<AwsCredentialIdentity>> {
  const subject = subjectOf('AssumeRoleWithWebIdentity', roleArn, call);
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: roleArn,
    RoleSessionName: call.sessionName,
    WebIdentityToken: token,
    DurationSeconds: DURATION_SECONDS,
  });
  const client = clientFor(context, call.region);
  const answer = await observedCall(context, subject, call.signal, () => client.send(command, { abortSignal: call.signal }));
  return answer.ok ? credentialsOf(answer.value, subject) : answer;
}

function subjectOf(operation: string, roleArn: string, call: StsCall): CallSubject {
  const { identity, owner, region } = call;
  return { service: 'sts', operation, resource: { type: 'role', name: roleArn }, identity, owner, region };
}

/** A client for one call. It owns no resource (the transport is shared), so it is not destroyed. */
function clientFor(context: StsContext, region: string, credentials?: AwsCredentialIdentity): STSClient {
  return new STSClient({
    region,
    requestHandler: context.transport,
    retryMode: 'standard',
    ...(credentials !== undefined && { credentials }),
  });
}

interface Exchange {
  readonly Credentials?: Credentials | undefined;
  readonly AssumedRoleUser?: AssumedRoleUser | undefined;
}

/** With the account that STS has proved: the one in the ARN of a role that was asked for is only a claim. */
function credentialsOf({ Credentials: answer, AssumedRoleUser: user }: Exchange, subject: CallSubject): Outcome<AwsCredentialIdentity> {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer ?? {};
  const accountId = accountInArn(user?.Arn ?? '', 'sts');
  if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined || Expiration === undefined) {
    const { service, region, resource } = subject;
    return fail('AWSUnavailable', { service, region, resource, problem: 'incomplete-answer' });
  }
  return ok({
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
    ...(accountId !== undefined && { accountId }),
  });
}
