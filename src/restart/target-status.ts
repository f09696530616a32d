/** What came of a target -> its status, which says what is so, not what was asked for. Pure. */
import type { ConditionWords } from '../api/condition-words.ts';
import type { Failure } from '../api/failure.ts';
import type { RestartStatus, RestartTarget } from '../api/external-secret.ts';
import { anyone } from '../api/messages/reader.ts';
import type { ContentFacts } from './plan-restart.ts';
import { holdMessage, type Hold } from './rollout.ts';

export type TargetResult =
  /** `marked`: its template bears the content. */
  | { readonly kind: 'current'; readonly marked: boolean; readonly target: RestartTarget; readonly hold: Hold | undefined }
  | { readonly kind: 'restarted'; readonly target: RestartTarget; readonly hold: Hold | undefined }
  /** It is not known yet how old its pods are. */
  | { readonly kind: 'waiting'; readonly target: RestartTarget }
  | { readonly kind: 'failed'; readonly target: RestartTarget; readonly failure: Failure };

const MAX_MESSAGE = 1_024;

/** Undefined where nothing can be said yet. */
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
      return { ...target, state: 'Failed', ...kept, message: words.failed(result.failure, anyone).message.slice(0, MAX_MESSAGE) };
    case 'restarted':
      return rolled(target, result.hold, facts.content, now);
    case 'current': {
      if (!result.marked) return { ...target, state: 'Current', content: facts.content, ...kept };
      // The marker shows that it was rolled for this content, though a crash kept the status from saying so.
      const same = former?.content === facts.content ? former : undefined;
      // Pods that have started with the content keep it: whoever holds up the next template holds up no restart.
      const hold = same?.state === 'Restarted' ? undefined : result.hold;
      return rolled(target, hold, facts.content, same?.restartedAt ?? now);
    }
    default:
      return result satisfies never;
  }
}

function rolled(target: RestartTarget, hold: Hold | undefined, content: string, restartedAt: string): RestartStatus {
  if (hold === undefined) return { ...target, state: 'Restarted', content, restartedAt };
  return { ...target, state: 'Blocked', content, restartedAt, message: holdMessage(hold) };
}
