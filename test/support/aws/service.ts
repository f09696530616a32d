// A service of the endpoint: recognizes, serves and refuses its requests.
import type { AwsError } from './aws-error.ts';
import type { Authenticated } from './authenticate.ts';
import type { FaultTarget } from './faults.ts';
import type { Reply } from './reply.ts';
import type { SignedRequest } from './sigv4.ts';

/** A request whose operation is known and whose body is parsed. */
export interface ServiceCall {
  readonly operation: string;
  readonly secretIds: readonly string[];
  /** Operations such as AssumeRoleWithWebIdentity carry their own proof. */
  readonly unsigned: boolean;
  /** `gone` fires when the client hangs up; only answers that wait for something need it. */
  run(caller: Authenticated, target: FaultTarget, gone: AbortSignal): Reply | Promise<Reply>;
}

export interface Service {
  readonly name: string;
  readonly protocol: 'json' | 'query';
  /** The call that the request makes to this service, or undefined when it is meant for another. */
  recognise(request: SignedRequest): ServiceCall | undefined;
  fail(error: AwsError): Reply;
}

/** The operation of a JSON service that a request names, `<target>.<operation>`; undefined when it is meant for another. */
function targetedOperation({ headers }: SignedRequest, target: string): string | undefined {
  const named = headers['x-amz-target'];
  return typeof named === 'string' && named.startsWith(`${target}.`) ? named.slice(target.length + 1) : undefined;
}

/** Recognises requests by the target that they name, as the JSON protocols do. */
export function recogniseTarget(target: string, callOf: (operation: string, request: SignedRequest) => ServiceCall): Service['recognise'] {
  return (request) => {
    const operation = targetedOperation(request, target);
    return operation === undefined ? undefined : callOf(operation, request);
  };
}
