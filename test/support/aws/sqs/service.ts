// SQS on the wire: JSON 1.0, errors as HTTP 400 (access denied: 403) with `__type`.
import { AwsError } from '../aws-error.ts';
import type { Authenticated } from '../authenticate.ts';
import type { Reply } from '../reply.ts';
import { identityDecision, question } from '../secrets-manager/context.ts';
import { recogniseTarget, type Service, type ServiceCall } from '../service.ts';
import type { SignedRequest } from '../sigv4.ts';
import type { World } from '../world.ts';
import { SQS_OPERATIONS } from './operations.ts';
import type { Queue } from './queue.ts';

const TARGET = 'AmazonSQS';
const CONTENT_TYPE = 'application/x-amz-json-1.0';
/** Policies know the batch operations by the names of the single ones. */
const ACTIONS: Readonly<Record<string, string>> = {
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
};

export function createSqsService(world: World): Service {
  return {
    name: 'sqs',
    protocol: 'json',
    fail: failure,
    recognise: recogniseTarget(TARGET, (operation, request) => callOf(world, operation, request)),
  };
}

function callOf(world: World, operation: string, request: SignedRequest): ServiceCall {
  return {
    operation,
    secretIds: [],
    unsigned: false,
    async run(caller, _target, gone) {
      const run = SQS_OPERATIONS.get(operation);
      const input = JSON.parse(request.body.toString()) as { readonly QueueUrl?: unknown; readonly QueueName?: unknown };
      if (operation === 'CreateQueue') return success({ QueueUrl: create(world, caller, String(input.QueueName)) });
      if (!run) throw new AwsError('UnknownOperationException', `Unknown operation ${operation}`);
      const queue = world.queues.find(caller.region, String(input.QueueUrl));
      authorize(world, caller, operation, queue);
      return success(await run(queue, input, gone));
    },
  };
}

const success = (output: object): Reply => ({ status: 200, contentType: CONTENT_TYPE, body: JSON.stringify(output) });

function create(world: World, { account, region }: Authenticated, name: string): string {
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(name))
    throw new AwsError('com.amazonaws.sqs#InvalidParameterValue', 'The name of the queue is not valid.');
  return world.queues.create(account, region, name).url;
}

function authorize(world: World, { principal }: Authenticated, operation: string, queue: Queue): void {
  if (!world.switches.enforceIam || !principal) return;
  const action = `sqs:${ACTIONS[operation] ?? operation}`;
  if (identityDecision({ world }, principal, question(principal, action, queue.arn, {})) === 'allow') return;
  const message = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${queue.arn}`;
  throw new AwsError('com.amazon.coral.service#AccessDeniedException', message, 403);
}

function failure(error: AwsError): Reply {
  const body = JSON.stringify({ __type: error.code, message: error.message });
  return { status: error.status, contentType: CONTENT_TYPE, body, errorCode: error.code };
}
