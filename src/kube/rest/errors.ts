/**
 * Turns responses of the API server and network errors into a KubeFailure. A message consists of verb, kind, name and names of fields. The
 * text of the server is used only to classify the failure, because it may quote a Secret.
 */
import type { KubeFailure } from '../port.ts';
import { describeRequest, type KubeRequest, permissionOf, resourceOf } from './request.ts';
import type { ServerStatus } from './status.ts';

type Kind = KubeFailure['kind'];
interface Meaning {
  readonly kind: Kind;
  readonly text: string;
}

/** The response is longer than the limit. The caller may request less. */
export class ResponseTooLargeError extends Error {
  override readonly name = 'ResponseTooLargeError';
}

const MAX_FIELDS = 5;
const MAX_FIELD_LENGTH = 128;
/** Network errors of a pooled socket that the server closed while the socket was idle. */
const CLOSED_SOCKET = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

const FAILED_WEBHOOK = /failed calling webhook "([a-z0-9.-]{1,253})"/;
const DENIED_BY_WEBHOOK = /^admission webhook "([a-z0-9.-]{1,253})" denied the request/;
/**
 * The text with a binding (apiserver: admission/plugin/policy/validating). Each part has a limited length, because the text around it
 * quotes a tenant.
 */
const DENIED_BY_POLICY = /ValidatingAdmissionPolicy '([a-z0-9.-]{1,253})' with binding '[a-z0-9.-]{1,253}' denied request/;
const EXCEEDED_QUOTA = /exceeded quota: ([a-z0-9.-]{1,253})/;
/** The text of a refusal by an authorizer (apiserver: responsewriters.forbiddenMessage). */
const NOT_AUTHORIZED = /cannot [a-z*]{1,64} (?:resource|path)/;

/** The failure of a response with an error status, or of an ERROR event of a watch. */
export function failureOfStatus(request: KubeRequest, status: ServerStatus, retryAfterMs?: number): KubeFailure {
  const { kind, text } = admissionMeaning(status) ?? reasonMeaning(request, status) ?? codeMeaning(request, status);
  const fromBody = status.retryAfterSeconds === undefined ? undefined : status.retryAfterSeconds * 1_000;
  const delay = retryAfterMs ?? (kind === 'throttled' || kind === 'unavailable' ? fromBody : undefined);
  return {
    kind,
    status: status.code,
    message: `${describeRequest(request)}: ${text}`,
    ...(delay === undefined ? {} : { retryAfterMs: delay }),
  };
}

/** No usable response: refused, reset, timed out, incomplete, or not readable. */
export function failureOfNetwork(request: KubeRequest, cause: unknown): KubeFailure {
  const code = networkCode(cause);
  const text = `the API server did not answer${code === undefined ? '' : ` (${code})`}`;
  return { kind: 'unavailable', status: 0, message: `${describeRequest(request)}: ${text}`, cause };
}

/** The failure `kind` with a message of Keytender, for problems that Keytender itself finds. */
export function ownFailure(request: KubeRequest, kind: Kind, text: string, cause?: unknown): KubeFailure {
  return { kind, status: 0, message: `${describeRequest(request)}: ${text}`, ...(cause === undefined ? {} : { cause }) };
}

/** True if the server closed a socket that was kept for reuse. The same GET on a new socket can succeed. */
export function isClosedSocket(error: unknown): boolean {
  return CLOSED_SOCKET.has(networkCode(error) ?? '');
}

/** The admission step that refused the request. Admission steps choose their own status codes, so the text of the API server decides. */
function admissionMeaning(status: ServerStatus): Meaning | undefined {
  const webhook = DENIED_BY_WEBHOOK.exec(status.message)?.[1];
  if (webhook !== undefined) return { kind: 'admission-denied', text: `denied by the admission webhook ${webhook}` };
  const policy = DENIED_BY_POLICY.exec(status.message)?.[1];
  if (policy !== undefined) return { kind: 'admission-denied', text: `denied by the ValidatingAdmissionPolicy ${policy}` };
  if (status.causes.some((cause) => cause.reason === 'NamespaceTerminating')) {
    return { kind: 'namespace-terminating', text: 'the namespace is being deleted' };
  }
  return undefined;
}

/** Status.reason is more exact than the HTTP code: conflict and already-exists both have 409. */
function reasonMeaning(request: KubeRequest, status: ServerStatus): Meaning | undefined {
  switch (status.reason) {
    case 'AlreadyExists':
      return { kind: 'already-exists', text: 'an object of this name exists already' };
    case 'Conflict':
      return { kind: 'conflict', text: 'the object has changed since it was read' };
    case 'Expired':
    case 'Gone':
      return { kind: 'expired', text: 'the resource version is no longer known to the API server' };
    case 'Invalid':
      return { kind: 'invalid', text: invalidText(status) };
    case 'Forbidden':
      return forbidden(request, status);
    default:
      return undefined;
  }
}

const TOO_LARGE: Meaning = { kind: 'too-large', text: 'the object is too large for the API server' };
/** The API server passes this refusal of etcd on with status 500. */
const TOO_LARGE_FOR_ETCD = 'etcdserver: request is too large';

const CODE_MEANINGS: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [401, { kind: 'unauthorized', text: 'the API server does not accept the credentials of the operator' }],
  [409, { kind: 'conflict', text: 'the object has changed since it was read' }],
  [410, { kind: 'expired', text: 'the resource version is no longer known to the API server' }],
  [413, TOO_LARGE],
  [429, { kind: 'throttled', text: 'the API server limits the rate of calls' }],
]);

function codeMeaning(request: KubeRequest, status: ServerStatus): Meaning {
  const meaning = CODE_MEANINGS.get(status.code);
  if (meaning !== undefined) return meaning;
  if (status.message.includes(TOO_LARGE_FOR_ETCD)) return TOO_LARGE;
  if (status.code === 403) return forbidden(request, status);
  if (status.code === 404) return { kind: 'not-found', text: notFoundText(request, status) };
  if (status.code === 408 || status.code < 400 || status.code >= 500) return { kind: 'unavailable', text: unavailableText(status) };
  return { kind: 'invalid', text: invalidText(status) };
}

function forbidden(request: KubeRequest, status: ServerStatus): Meaning {
  const quota = EXCEEDED_QUOTA.exec(status.message)?.[1];
  if (quota !== undefined) return { kind: 'quota', text: `the quota ${quota} of the namespace is used up` };
  if (status.message.includes('blockOwnerDeletion')) {
    return { kind: 'forbidden', text: 'the operator needs the permission "update" on the "finalizers" subresource of the owner' };
  }
  const write = request.verb === 'create' || request.verb === 'patch' || request.verb === 'delete';
  if (write && status.genuine && status.message !== '' && !NOT_AUTHORIZED.test(status.message)) {
    return { kind: 'admission-denied', text: 'denied by an admission plugin of the API server' };
  }
  return { kind: 'forbidden', text: `the operator needs the permission ${permissionOf(request)}` };
}

function notFoundText(request: KubeRequest, status: ServerStatus): string {
  const { type } = request;
  if (!status.genuine) return `the API server does not serve ${resourceOf(type)} ${type.version}`;
  if (request.verb === 'create' && request.namespace !== '' && status.message.startsWith('namespaces '))
    return 'the namespace does not exist';
  return 'it does not exist';
}

function unavailableText(status: ServerStatus): string {
  const webhook = FAILED_WEBHOOK.exec(status.message)?.[1];
  if (webhook !== undefined) return `the admission webhook ${webhook} could not be called`;
  return `the API server answered with status ${status.code}`;
}

/** Only the names of fields, because the messages of the causes quote values. */
function invalidText(status: ServerStatus): string {
  const fields = status.causes.map((cause) => cause.field.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, MAX_FIELD_LENGTH));
  const named = [...new Set(fields.filter((field) => field !== ''))];
  if (named.length === 0) return `refused as invalid (status ${status.code})`;
  const more = named.length > MAX_FIELDS ? ` and ${named.length - MAX_FIELDS} more` : '';
  return `refused as invalid: ${named.slice(0, MAX_FIELDS).join(', ')}${more}`;
}

/** The code of an error or of its cause. Only a text in the form of a code counts, because a message can contain anything. */
function networkCode(error: unknown): string | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < 4; current = current.cause, depth += 1) {
    const code: unknown = 'code' in current ? current.code : undefined;
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,39}$/.test(code)) return code;
  }
  return undefined;
}
