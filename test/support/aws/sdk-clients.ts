// Official SDK clients for an emulator; by default without retries, so that tests see the first response.
import { BatchGetSecretValueCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';

export interface ClientOptions {
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
  /** Default 1. */
  readonly maxAttempts?: number;
  /** Fails a request without an answer after so long. Default 5,000. */
  readonly requestTimeoutMs?: number;
}

const ANYBODY = { accessKeyId: 'AKIAANYBODY000000000', secretAccessKey: 'any' };

function configOf(endpoint: string, options: ClientOptions) {
  return {
    endpoint,
    region: options.region ?? 'eu-central-1',
    credentials: options.credentials ?? ANYBODY,
    maxAttempts: options.maxAttempts ?? 1,
    requestHandler: new NodeHttpHandler({ requestTimeout: options.requestTimeoutMs ?? 5000, throwOnRequestTimeout: true }),
  };
}

export const secretsManagerClient = (endpoint: string, options: ClientOptions = {}): SecretsManagerClient =>
  new SecretsManagerClient(configOf(endpoint, options));

/** Goes to the endpoint, whatever host the queue URL names. */
export const sqsClient = (endpoint: string, options: ClientOptions = {}): SQSClient => new SQSClient(configOf(endpoint, options));

export const ssmClient = (endpoint: string, options: ClientOptions = {}): SSMClient => new SSMClient(configOf(endpoint, options));

export const stsClient = (endpoint: string, options: ClientOptions = {}): STSClient => new STSClient(configOf(endpoint, options));

/** Shorthand of tests: the current value as text. */
export async function readString(client: SecretsManagerClient, secretId: string): Promise<string | undefined> {
  return (await client.send(new GetSecretValueCommand({ SecretId: secretId }))).SecretString;
}

/** Shorthand of tests: a batch by ids. */
export const readBatch = (client: SecretsManagerClient, ids: readonly string[]) =>
  client.send(new BatchGetSecretValueCommand({ SecretIdList: [...ids] }));
