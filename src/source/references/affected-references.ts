/**
 * Decides which references a change concerns. Pure. An additional reference costs one read; a missing reference is late until its refresh.
 * So if the event leaves a question open (the account of a name, a possible partial ARN), the reference counts as concerned.
 */
import type { RemoteReference } from '../port.ts';
import type { Change } from './change.ts';
import { parseSourceArn } from './arn.ts';
import { withoutArnSuffix } from '../../api/secret-arn.ts';

/** The keys of a reference in the index. */
export function indexTerms({ identity, secretId }: RemoteReference): readonly string[] {
  return termsOf(secretId, identity.service === 'ParameterStore');
}

/** The keys of the index for the references that a change may concern. */
export function changeTerms({ service, name, arn, calledBy, alsoCalled = [] }: Change): ReadonlySet<string> {
  const isParameter = service === 'ParameterStore';
  return new Set([name, arn, calledBy, ...alsoCalled].flatMap((id) => (id === undefined ? [] : termsOf(id, isParameter))));
}

function termsOf(id: string, isParameter: boolean): readonly string[] {
  const arn = parseSourceArn(id);
  if (isParameter) return [parameterName(arn?.rest ?? id)];
  return arn === undefined ? [id] : [arn.rest, withoutArnSuffix(arn.rest)];
}

/** Only a name with a path starts with a slash, and an ARN omits it. A selector for version or label may follow. */
function parameterName(text: string): string {
  const start = text.startsWith('/') ? 1 : 0;
  const end = text.indexOf(':', start);
  return text.slice(start, end < 0 ? undefined : end);
}

/** `reference` was found under one of the terms. */
export function isAffected(reference: RemoteReference, change: Change): boolean {
  return isOfService(reference, change) && isThere(reference, change) && isNamed(reference, change) && isMoved(reference, change);
}

function isOfService({ identity }: RemoteReference, { service }: Change): boolean {
  return identity.service === service;
}

function isThere({ identity, secretId }: RemoteReference, change: Change): boolean {
  const arn = parseSourceArn(secretId);
  const region = arn?.region ?? identity.region;
  if (change.region !== undefined && change.region !== region) return false;
  return arn === undefined || change.account === undefined || change.account === arn.account;
}

/** A name of a secret in an event is exact: `orders-abcdef` is another secret than `orders`, whose ARN may end with `orders-abcdef`. */
function isNamed({ secretId, identity }: RemoteReference, { name, arn }: Change): boolean {
  if (name === undefined || identity.service === 'ParameterStore') return true;
  const requested = parseSourceArn(secretId);
  if (requested === undefined) return secretId === name;
  if (requested.rest === name) return true;
  return arn === undefined ? withoutArnSuffix(requested.rest) === name : requested.rest === parseSourceArn(arn)?.rest;
}

/**
 * AWSPREVIOUS follows AWSCURRENT without its own event. A pinned version, and tags, change only when their secret is deleted or restored.
 */
function isMoved({ version }: RemoteReference, { stages }: Change): boolean {
  if (stages === undefined) return true;
  if (version.kind !== 'stage') return false;
  return stages.includes(version.stage) || (version.stage === 'AWSPREVIOUS' && stages.includes('AWSCURRENT'));
}

/** The version that a read of the reference should show after the change, if the event contains it. */
export function expectedVersion({ version }: RemoteReference, { stages, versionId }: Change): string | undefined {
  return version.kind === 'stage' && stages?.includes(version.stage) === true ? versionId : undefined;
}
