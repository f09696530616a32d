// Calls for the probes of the conformance test.
import * as sm from '@aws-sdk/client-secrets-manager';
import type * as sqs from '@aws-sdk/client-sqs';
import type * as ssm from '@aws-sdk/client-ssm';
import type * as sts from '@aws-sdk/client-sts';

export interface Clients {
  readonly secrets: sm.SecretsManagerClient;
  readonly replica: sm.SecretsManagerClient;
  readonly sts: sts.STSClient;
  readonly sqs: sqs.SQSClient;
  readonly ssm: ssm.SSMClient;
}
export type Probe = (clients: Clients, name: string) => Promise<unknown>;

export const [T1, T2, T3] = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [string, string, string];

/** The name of the error that a call ends with, or `ok`. */
export async function ending(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    return (error as Error).name;
  }
}

export const create = ({ secrets }: Clients, Name: string, input: object = {}) =>
  secrets.send(new sm.CreateSecretCommand({ Name, SecretString: 'one', ClientRequestToken: T1, ...input }));
export const put = ({ secrets }: Clients, SecretId: string, input: object = {}) =>
  secrets.send(new sm.PutSecretValueCommand({ SecretId, SecretString: 'two', ClientRequestToken: T2, ...input }));
export const get = ({ secrets }: Clients, SecretId: string, input: object = {}) =>
  secrets.send(new sm.GetSecretValueCommand({ SecretId, ...input }));
export const value = async (clients: Clients, name: string, input: object = {}) => {
  const { SecretString, VersionId, VersionStages } = await get(clients, name, input);
  return { SecretString, VersionId, VersionStages: VersionStages?.toSorted() };
};
export const describe = ({ secrets }: Clients, SecretId: string) => secrets.send(new sm.DescribeSecretCommand({ SecretId }));
export const labels = async (clients: Clients, name: string) => {
  const { VersionIdsToStages } = await describe(clients, name);
  return Object.entries(VersionIdsToStages ?? {})
    .map(([id, stages]) => `${id[0]}: ${stages.toSorted().join(' ')}`)
    .toSorted();
};
export const move = ({ secrets }: Clients, SecretId: string, VersionStage: string, to: string | undefined, from?: string) =>
  secrets.send(new sm.UpdateSecretVersionStageCommand({ SecretId, VersionStage, MoveToVersionId: to, RemoveFromVersionId: from }));
export const batch = ({ secrets }: Clients, input: sm.BatchGetSecretValueCommandInput) =>
  secrets.send(new sm.BatchGetSecretValueCommand(input));
export const list = async ({ secrets }: Clients, input: sm.ListSecretsCommandInput) =>
  (await secrets.send(new sm.ListSecretsCommand(input))).SecretList?.map((secret) => secret.Name);
export const remove = ({ secrets }: Clients, SecretId: string, input: object = {}) =>
  secrets.send(new sm.DeleteSecretCommand({ SecretId, ...input }));
export const status = async (call: Promise<unknown>): Promise<number | undefined> => {
  try {
    await call;
    return 200;
  } catch (error) {
    return (error as sm.SecretsManagerServiceException).$metadata.httpStatusCode;
  }
};

/** A secret with versions 1 (AWSPREVIOUS) and 2 (AWSCURRENT), whose AWSCURRENT was then moved back to 1. */
export async function movedBack(clients: Clients, name: string): Promise<void> {
  await create(clients, name);
  await put(clients, name);
  await move(clients, name, 'AWSCURRENT', T1, T2);
}

export async function withTwins(clients: Clients, name: string): Promise<void> {
  await create(clients, `${name}-x`, { Tags: [{ Key: `${name}-k`, Value: `${name}-v` }], Description: 'First twin' });
  await create(clients, `${name}-y`, { Tags: [], Description: 'second' });
}
