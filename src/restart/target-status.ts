/** Converts the result of a target to its status. Pure. */
import type { ConditionWords } from '../api/condition-words.ts';
import type { Failure } from '../failure/failure.ts';
import type { RestartTarget } from '../api/schema/external-secret.ts';
import type { RestartStatus } from '../api/schema/restart-status.ts';
import { unknownReader } from '../messages/reader.ts';
import type { ContentFacts } from './plan-restart.ts';
import { rolloutBlockMessage } from './rollout.ts';
import type { RolloutBlock } from './port.ts';

export type TargetResult =
  /** `marked`: the marker on its template has this content. */
  | { readonly kind: 'current'; readonly marked: boolean; readonly target: RestartTarget; readonly hold: RolloutBlock | undefined }
  | { readonly kind: 'restarted'; readonly target: RestartTarget; readonly hold: RolloutBlock | undefined }
  /** The age of its pods is unknown. */
  | { readonly kind: 'waiting'; readonly target: RestartTarget }
  | { readonly kind: 'failed'; readonly target: RestartTarget; readonly failure: Failure };

const MAX_MESSAGE = 1_024;

/** Undefined if the result is unknown. */
export function statusOf(
  result: TargetResult,
  facts: ContentFacts,
  before: readonly RestartStatus[],
  { words, now }: { readonly words: Pick<ConditionWords, 'failed'>; readonly now: string },
): RestartStatus | undefined {
  const { target } = result;
  const former = before.find(({ kind, name }) => kind === target.kind && name === target.name);
  const kept = former?.restartedAt === undefined ? {} : { restartedAt: former.restartedAt };
  switch (result.kind) {
    case 'waiting':
      return undefined;
    case 'failed':
      return { ...target, state: 'Failed', ...kept, message: words.failed(result.failure, unknownReader).message.slice(0, MAX_MESSAGE) };
    case 'restarted':
      return rolled(target, result.hold, facts.content, now);
    case 'current':
      if (!result.marked) return { ...target, state: 'Current', content: facts.content, ...kept };
      return rolledBefore(result, facts, former, now);
    default:
      return result satisfies never;
  }
}

/**
 * The marker on the template shows that the workload was restarted for this content, also if a crash prevented the write of the status.
 * Pods that started with the content keep it, so a later hold does not undo the restart.
 */
function rolledBefore(
  { target, hold }: Extract<TargetResult, { kind: 'current' }>,
  { content }: ContentFacts,
  former: RestartStatus | undefined,
  now: string,
): RestartStatus {
  const same = former?.content === content ? former : undefined;
  return rolled(target, same?.state === 'Restarted' ? undefined : hold, content, same?.restartedAt ?? now);
}

function rolled(target: RestartTarget, hold: RolloutBlock | undefined, content: string, restartedAt: string): RestartStatus {
  if (hold === undefined) return { ...target, state: 'Restarted', content, restartedAt };
  return { ...target, state: 'Blocked', content, restartedAt, message: rolloutBlockMessage(hold) };
}
