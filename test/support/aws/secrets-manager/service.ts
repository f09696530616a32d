// Secrets Manager on the wire: JSON 1.1, errors as HTTP 400 with `__type` (InternalServiceError 500).
import { AwsError } from '../aws-error.ts';
import type { Faults } from '../faults.ts';
import type { Reply } from '../reply.ts';
import { recogniseTarget, type Service, type ServiceCall } from '../service.ts';
import type { SignedRequest } from '../sigv4.ts';
import type { World } from '../world.ts';
import type { Caller } from './context.ts';
import { SECRETS_MANAGER_OPERATIONS } from './operations.ts';
import { startToken } from './pagination.ts';
import { entryFaults } from './read-operations.ts';

const TARGET = 'secretsmanager';
const CONTENT_TYPE = 'application/x-amz-json-1.1';

export function createSecretsManagerService(world: World, faults: Faults): Service {
  return {
    name: 'secretsmanager',
    protocol: 'json',
    fail: failure,
    recognise: recogniseTarget(TARGET, (operation, request) => callOf(world, faults, operation, request)),
  };
}

function callOf(world: World, faults: Faults, operation: string, request: SignedRequest): ServiceCall {
  const input = parse(request.body);
  return {
    operation,
    secretIds: secretIdsOf(input),
    unsigned: false,
    run(authenticated, target) {
      const handler = SECRETS_MANAGER_OPERATIONS.get(operation);
      if (!handler) throw new AwsError('UnknownOperationException', `Unknown operation ${operation}`);
      if (input instanceof AwsError) throw input;
      const { account, region, principal } = authenticated;
      const caller: Caller = { world, operation, account, region, principal };
      if (!faults.empty) entryFaults.set(caller, (secretId) => faults.strikeEntry(target, secretId));
      return { status: 200, contentType: CONTENT_TYPE, body: JSON.stringify(handler.run(caller, input)) };
    },
  };
}

export function parse(body: Buffer): Record<string, unknown> | AwsError {
  try {
    const value: unknown = JSON.parse(body.toString());
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Answered below like every other body that is no JSON object.
  }
  return new AwsError('SerializationException', 'The request body is not a JSON object.');
}

function secretIdsOf(input: Record<string, unknown> | AwsError): readonly string[] {
  if (input instanceof AwsError) return [];
  const { SecretId, Name, SecretIdList } = input;
  if (Array.isArray(SecretIdList)) return SecretIdList.filter((id) => typeof id === 'string');
  const id = SecretId ?? Name;
  return typeof id === 'string' ? [id] : [];
}

function failure(error: AwsError): Reply {
  const body = JSON.stringify({ __type: error.code, Message: error.message, message: error.message });
  return { status: error.status, contentType: CONTENT_TYPE, body, errorCode: error.code };
}

/** An empty page of ListSecrets whose NextToken leads to the first row. */
export const emptyListPage = (): Reply => ({
  status: 200,
  contentType: CONTENT_TYPE,
  body: JSON.stringify({ SecretList: [], NextToken: startToken() }),
});
