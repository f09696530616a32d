// STS on the wire: query protocol in, XML out.
import { AwsError } from '../aws-error.ts';
import type { Authenticated } from '../authenticate.ts';
import type { Service, ServiceCall } from '../service.ts';
import type { SignedRequest } from '../sigv4.ts';
import type { World } from '../world.ts';
import { assumeRole } from './assume-role.ts';
import { assumeRoleInput, parseInput, parseQuery, webIdentityInput } from './input.ts';
import { assumeRoleWithWebIdentity } from './web-identity.ts';
import { failure, success, type XmlTree } from './xml.ts';

/** Codes that this service words differently from the JSON services. */
const QUERY_CODES: Readonly<Record<string, readonly [string, number]>> = {
  AccessDeniedException: ['AccessDenied', 403],
  ExpiredTokenException: ['ExpiredToken', 403],
  ThrottlingException: ['Throttling', 400],
  InternalServiceError: ['InternalFailure', 500],
};

export function createStsService(world: World): Service {
  return {
    name: 'sts',
    protocol: 'query',
    recognise: (request) => {
      const action = isForm(request) ? new URLSearchParams(request.body.toString()) : new URLSearchParams(request.url.split('?')[1]);
      const name = action.get('Action');
      return name === null ? undefined : callOf(world, name, action);
    },
    fail: (error) => failure(inQueryWords(error)),
  };
}

const isForm = (request: SignedRequest): boolean =>
  request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;

function callOf(world: World, operation: string, parameters: URLSearchParams): ServiceCall {
  return {
    operation,
    secretIds: [],
    unsigned: operation === 'AssumeRoleWithWebIdentity',
    run: (caller) => success(operation, run(world, operation, parseQuery(parameters), caller)),
  };
}

function run(world: World, operation: string, input: Record<string, unknown>, { principal }: Authenticated): XmlTree {
  if (operation === 'AssumeRoleWithWebIdentity') return assumeRoleWithWebIdentity(world, parseInput(webIdentityInput, input));
  if (!principal) throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
  switch (operation) {
    case 'AssumeRole':
      return assumeRole(world, principal, parseInput(assumeRoleInput, input));
    case 'GetCallerIdentity':
      return { UserId: principal.userId, Account: principal.account, Arn: principal.arn };
    default:
      throw new AwsError('InvalidAction', `Could not find operation ${operation} for version 2011-06-15`);
  }
}

/** ExpiredTokenException is a code of AssumeRoleWithWebIdentity itself (the JWT expired); everywhere else STS says ExpiredToken. */
function inQueryWords(error: AwsError): AwsError {
  if (error.code === 'ExpiredTokenException' && error.message.startsWith('Token expired')) return error;
  const [code, status] = QUERY_CODES[error.code] ?? [error.code, error.status];
  return new AwsError(code, error.message, status);
}
