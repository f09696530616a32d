/**
 * Converts the state of reads with the identity of a store to conditions of the store. Pure. A condition is absent until there is a result.
 */
import type { ConditionWords } from '../api/condition-words.ts';
import { failure, type Failure } from '../failure/failure.ts';
import type { AwsServiceName } from '../failure/failure-facts.ts';
import { findCondition, withCondition, withoutCondition, type Condition, type NewCondition } from '../api/schema/conditions.ts';
import { owner } from '../messages/reader.ts';
import type { StateReason } from '../failure/reasons.ts';
import type { SecretService } from '../aws/credentials/identity.ts';

export interface ReadConditionsInput {
  /** The failure that stops all reads as the identity, or its availability. */
  readonly availability: Failure | 'available' | 'unknown';
  /** Whether the identity may make batch calls. */
  readonly batch: Permission;
  /** Whether the identity may list secrets, if the store asks for lists. */
  readonly lists?: Permission;
  /** The service that the store reads from. */
  readonly service?: SecretService;
}

const SERVICES: Readonly<Record<SecretService, AwsServiceName>> = { SecretsManager: 'secretsmanager', ParameterStore: 'ssm' };

type Permission = 'granted' | 'denied' | 'unknown';

export function withReadConditions(
  words: ConditionWords,
  conditions: readonly Condition[],
  { availability, batch, lists = 'unknown', service }: ReadConditionsInput,
  observedGeneration: number,
  now: string,
): Condition[] {
  const mayNotBatch = failure('BatchReadsDenied', service === undefined ? {} : { service: SERVICES[service] });
  const mayNotList = failure('ListDenied', 'the identity may not list secrets');
  const available = said(words, conditions, 'Available', availability, 'AWSAvailable', observedGeneration);
  const batches = said(words, conditions, 'BatchReads', permitted(batch, mayNotBatch), 'BatchReadsGranted', observedGeneration);
  const listed = said(words, conditions, 'Lists', permitted(lists, mayNotList), 'ListGranted', observedGeneration);
  return [available, batches, listed].reduce<Condition[]>(
    (all, next) => ('status' in next ? withCondition(all, next, now) : next.drop ? withoutCondition(all, next.type) : all),
    [...conditions],
  );
}

function permitted(permission: Permission, denied: Failure): Failure | 'available' | 'unknown' {
  if (permission === 'denied') return denied;
  return permission === 'granted' ? 'available' : 'unknown';
}

/** The condition to set, or whether to remove one of an older generation. */
function said(
  words: ConditionWords,
  conditions: readonly Condition[],
  type: string,
  finding: Failure | 'available' | 'unknown',
  reason: StateReason,
  observedGeneration: number,
): NewCondition | { readonly type: string; readonly drop: boolean } {
  const before = findCondition(conditions, type);
  if (typeof finding === 'object') {
    return { type, status: 'False', ...words.failed(finding, owner), observedGeneration };
  }
  if (before === undefined) return { type, drop: false };
  if (finding === 'unknown') return { type, drop: before.observedGeneration !== observedGeneration };
  return { type, status: 'True', ...words.settled(reason), observedGeneration };
}
