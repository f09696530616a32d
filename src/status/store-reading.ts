/** The state of reads with the identity of a store -> conditions of the store. Pure. A condition is absent until there is something to report. */
import type { ConditionWords } from '../api/condition-words.ts';
import { failure, type Failure } from '../api/failure.ts';
import type { AwsServiceName } from '../api/failure-facts.ts';
import { findCondition, withCondition, withoutCondition, type Condition, type NewCondition } from '../api/conditions.ts';
import { owner } from '../api/messages/reader.ts';
import type { SettledReason } from '../api/reasons.ts';
import type { SecretService } from '../aws/credentials/identity.ts';

export interface ReadingFinding {
  /** What keeps the identity from reading anything for a while now, or that it reads well. */
  readonly availability: Failure | 'available' | 'unknown';
  /** Whether it may read in batches. */
  readonly batch: Permission;
  /** Whether it may list secrets, where the store asks for that. */
  readonly lists?: Permission;
  /** The service that the store reads from. */
  readonly service?: SecretService;
}

const SERVICES: Readonly<Record<SecretService, AwsServiceName>> = { SecretsManager: 'secretsmanager', ParameterStore: 'ssm' };

type Permission = 'granted' | 'denied' | 'unknown';

export function withReading(
  words: ConditionWords,
  conditions: readonly Condition[],
  { availability, batch, lists = 'unknown', service }: ReadingFinding,
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

/** The condition to set, or whether the one that is there goes: it spoke of what the store was before. */
function said(
  words: ConditionWords,
  conditions: readonly Condition[],
  type: string,
  finding: Failure | 'available' | 'unknown',
  reason: SettledReason,
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
