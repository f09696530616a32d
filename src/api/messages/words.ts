/** Texts for single facts. Pure. */
import type { AwsServiceName, IdentityFacts, ObjectFacts, ResourceFacts } from '../failure-facts.ts';
import { fit, type Piece, type Slot } from './fit.ts';
import { isForeign, mayKnow, type View } from './reader.ts';

const MAX_RESOURCE = 160;

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
  const suffix: readonly Piece[] = version === undefined ? [] : [' (', slotOf('resource', version), ')'];
  if (type === 'several') return [slotOf('resource', name)];
  if (type === 'role') return ['role ', slotOf('resource', name)];
  return [type === 'path' ? 'parameters below ' : `${type} `, ...quoted('resource', name), ...suffix];
}

/** The same as a text, for messages that a caller of AWS makes. */
export function resourceText(resource: ResourceFacts): string {
  return fit(resourceWords(resource), MAX_RESOURCE);
}

/** The identity, or a text that does not name it. */
export function identityWords(identity: IdentityFacts | undefined, view: View): readonly Piece[] {
  if (identity !== undefined && mayKnow(view, identity)) return [slotOf('identity', identity.label)];
  return [isForeign(view) ? 'the ClusterSecretStore' : 'the store'];
}

/** `Secret team-a/aws` */
export function objectWords({ kind, namespace, name }: ObjectFacts): readonly Piece[] {
  return [`${kind} `, slotOf('object', namespace === undefined || namespace === '' ? name : `${namespace}/${name}`)];
}

/** The text in quotes. Characters that could mislead a reader are escaped. */
export function quoted(slot: Slot['slot'], text: string): readonly Piece[] {
  return ['"', slotOf(slot, JSON.stringify(text).slice(1, -1)), '"'];
}

export function slotOf(slot: Slot['slot'], text: string): Slot {
  return { slot, text };
}
