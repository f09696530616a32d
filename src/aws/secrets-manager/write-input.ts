/** What a write sends, and why AWS would refuse it. Values are revealed as a request is made. Pure. */
import { isUtf8 } from 'node:buffer';
import { failure } from '../../failure/failure.ts';
import type { WriteProblem } from '../../failure/failure-facts.ts';
import type { WriteFailure, WriteRequest, WrittenValue } from '../writer-port.ts';

const MAX_VALUE_BYTES = 65_536;
/** AWS also deletes at once (ForceDeleteWithoutRecovery), which is never asked of it. */
const RECOVERY_DAYS = { least: 7, most: 30 };

/** Why AWS would refuse the value, or keep another one. */
export function problemOfValue({ value, format }: WrittenValue, request: WriteRequest): WriteFailure | undefined {
  if (value.size === 0) return wrongRequest('empty-value', request);
  if (value.size > MAX_VALUE_BYTES) return wrongRequest('large-value', request);
  return format === 'text' && !isUtf8(value.reveal()) ? wrongRequest('value-not-text', request) : undefined;
}

export function problemOfRecovery(days: number, request: WriteRequest): WriteFailure | undefined {
  const isPossible = Number.isInteger(days) && days >= RECOVERY_DAYS.least && days <= RECOVERY_DAYS.most;
  return isPossible ? undefined : wrongRequest('recovery-window', request);
}

/** Of a request that AWS refuses until it is another one. */
export function wrongRequest(problem: WriteProblem, request: WriteRequest): WriteFailure {
  const { service, operation, resource } = request;
  return { kind: 'failed', request, failure: failure('AWSRequestRefused', { service, operation, resource, problem }), mayBeWritten: false };
}

export function revealed({ value, format }: WrittenValue): { readonly SecretString: string } | { readonly SecretBinary: Uint8Array } {
  return format === 'text' ? { SecretString: value.reveal().toString('utf8') } : { SecretBinary: value.reveal() };
}

export function tagsOf(tags: ReadonlyMap<string, string>): { Key: string; Value: string }[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}
