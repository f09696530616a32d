/** The words for single facts. Pure. */
import { visible } from '../base/escape.ts';
import type { AwsServiceName, IdentityFacts, ObjectFacts, ResourceFacts } from '../failure/failure-facts.ts';
import type { Piece, Placeholder } from './fit.ts';
import { isForeign, mayShowIdentity, type ReaderContext } from './reader.ts';

/** UTF-16 units. A message is shorter. */
const MAX_END = 1_024;

const SERVICES: Readonly<Record<AwsServiceName, string>> = {
  secretsmanager: 'Secrets Manager',
  ssm: 'Parameter Store',
  sqs: 'SQS',
  sts: 'STS',
  credentials: 'the source of credentials',
};

export function serviceName(service: AwsServiceName | undefined): string {
  return service === undefined ? 'AWS' : SERVICES[service];
}

/** `secretsmanager:GetSecretValue`, as IAM policies name the call. */
export function actionName({ service, operation = 'the call' }: { service?: AwsServiceName; operation?: string }): string {
  if (service === undefined || service === 'credentials') return operation;
  // SQS has one permission for a call and its batch form.
  return `${service}:${service === 'sqs' ? operation.replace(/Batch$/, '') : operation}`;
}

/** `secret "db/orders" (stage AWSPENDING)` */
export function resourceWords(resource: ResourceFacts | undefined): readonly Piece[] {
  if (resource === undefined) return ['the resource'];
  const { type, name, version } = resource;
  const suffix: readonly Piece[] = version === undefined ? [] : [' (', placeholderOf('resource', version), ')'];
  if (type === 'several') return [placeholderOf('resource', name)];
  if (type === 'role') return ['role ', placeholderOf('resource', name)];
  return [type === 'path' ? 'parameters below ' : `${type} `, ...quoted('resource', name), ...suffix];
}

/** Who it was, or that it may not be told. */
export function identityWords(identity: IdentityFacts | undefined, view: ReaderContext): readonly Piece[] {
  if (identity !== undefined && mayShowIdentity(view, identity)) return [placeholderOf('identity', identity.label)];
  return [isForeign(view) ? 'the ClusterSecretStore' : 'the store'];
}

/** `Secret team-a/aws` */
export function objectWords({ kind, namespace, name }: ObjectFacts): readonly Piece[] {
  return [`${kind} `, placeholderOf('object', namespace === undefined || namespace === '' ? name : `${namespace}/${name}`)];
}

/** In quotes, as a JSON string. */
export function quoted(slot: Placeholder['slot'], text: string): readonly Piece[] {
  return ['"', placeholderOf(slot, JSON.stringify(bounded(text)).slice(1, -1)), '"'];
}

/** With what cannot be seen escaped. */
export function placeholderOf(slot: Placeholder['slot'], text: string): Placeholder {
  return { slot, text: visible(bounded(text)) };
}

/** Of a text that is far too long for a message, its two ends: the middle is left out of the message in any case, and costs no time here. */
function bounded(text: string): string {
  return text.length <= 2 * MAX_END ? text : `${text.slice(0, MAX_END)}${text.slice(-MAX_END)}`;
}
