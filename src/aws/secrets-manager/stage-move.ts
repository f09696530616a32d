/**
 * Why AWS has refused to move a stage. AWS gives one code for a wrong request and for a stage that is at another version, and its text is no interface. So what
 * DescribeSecret shows explains the refusal. It may be a minute old: it never makes a refusal a permanent mistake. Pure.
 */
import type { Outcome } from '../../failure/failure.ts';
import { failed, ok } from '../../base/result.ts';
import { wrongRequest } from './write-input.ts';
import type { MovedStage, SecretDescription, StageMove, WriteFailure, WriteRequest, WriteResult } from '../writer-port.ts';

const CURRENT = 'AWSCURRENT';

/** What AWS refuses whatever the secret is like. */
export function problemOfMove({ stage, to }: StageMove, request: WriteRequest): WriteFailure | undefined {
  return to === undefined && stage === CURRENT ? wrongRequest('current-stage', request) : undefined;
}

export function explainRefusal(
  move: StageMove,
  { resource: { type, name }, ...rest }: WriteRequest,
  described: Outcome<SecretDescription>,
): WriteResult<MovedStage> {
  // The move names the versions.
  const request: WriteRequest = { ...rest, resource: { type, name } };
  if (!described.ok) return failed({ kind: 'stage-unknown', request, move, notDescribed: described.failure, mayBeWritten: false });
  const { stages, primaryRegion } = described.value;
  if (primaryRegion !== undefined) return failed(wrongRequest('replica', request));
  const holder = stages.get(move.stage);
  if (holder === move.to) return ok('seen');
  if (holder === move.from) return failed({ kind: 'stage-unknown', request, move, mayBeWritten: false });
  return failed({ kind: 'stage-moved', request, move, holder, mayBeWritten: false });
}
