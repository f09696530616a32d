// Parameter Store on the wire: JSON 1.1 as AmazonSSM, errors as HTTP 400 with `__type` (InternalServerError 500).
import { AwsError } from '../aws-error.ts';
import type { Reply } from '../reply.ts';
import type { Caller } from '../secrets-manager/context.ts';
import type { Operation } from '../secrets-manager/operation.ts';
import { parse } from '../secrets-manager/service.ts';
import { recogniseTarget, type Service, type ServiceCall } from '../service.ts';
import type { SignedRequest } from '../sigv4.ts';
import type { World } from '../world.ts';
import { withoutSelector } from './parameter-name.ts';
import { getParameter, getParameterHistory, getParameters, getParametersByPath } from './read-operations.ts';
import { addTagsToResource, listTagsForResource, removeTagsFromResource } from './tag-operations.ts';
import { deleteParameter, labelParameterVersion, putParameter } from './write-operations.ts';

const TARGET = 'AmazonSSM';
const CONTENT_TYPE = 'application/x-amz-json-1.1';

export const PARAMETER_STORE_OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    AddTagsToResource: addTagsToResource,
    DeleteParameter: deleteParameter,
    GetParameter: getParameter,
    GetParameterHistory: getParameterHistory,
    GetParameters: getParameters,
    GetParametersByPath: getParametersByPath,
    LabelParameterVersion: labelParameterVersion,
    ListTagsForResource: listTagsForResource,
    PutParameter: putParameter,
    RemoveTagsFromResource: removeTagsFromResource,
  }),
);

export function createParameterStoreService(world: World): Service {
  return {
    name: 'ssm',
    protocol: 'json',
    fail: failure,
    recognise: recogniseTarget(TARGET, (operation, request) => callOf(world, operation, request)),
  };
}

function callOf(world: World, operation: string, request: SignedRequest): ServiceCall {
  const input = parse(request.body);
  return {
    operation,
    secretIds: idsOf(input).map(withoutSelector),
    unsigned: false,
    run({ account, region, principal }) {
      const handler = PARAMETER_STORE_OPERATIONS.get(operation);
      if (!handler) throw new AwsError('UnknownOperationException', `Unknown operation ${operation}`);
      if (input instanceof AwsError) throw input;
      const caller: Caller = { world, operation, account, region, principal };
      return { status: 200, contentType: CONTENT_TYPE, body: JSON.stringify(handler.run(caller, input)) };
    },
  };
}

function idsOf(input: Record<string, unknown> | AwsError): readonly string[] {
  if (input instanceof AwsError) return [];
  const { Name, Names, ResourceId } = input;
  return (Array.isArray(Names) ? Names : [Name ?? ResourceId]).filter((id) => typeof id === 'string');
}

function failure(error: AwsError): Reply {
  const body = JSON.stringify({ __type: error.code, message: error.message });
  return { status: error.status, contentType: CONTENT_TYPE, body, errorCode: error.code };
}
