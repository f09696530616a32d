/** Whether an Argo Rollout waits for a person. Pure. https://argo-rollouts.readthedocs.io/en/stable/features/specification/ */
import { countOf, listOf, memberOf, textOf } from '../../base/members.ts';

/** A pause that ends by itself is part of the rollout. */
export function awaitsPromotion(spec: unknown, status: unknown): boolean {
  const strategy = memberOf(spec, 'strategy');
  return listOf(status, 'pauseConditions').some((condition) => {
    const reason = textOf(condition, 'reason');
    if (reason === 'CanaryPauseStep') return !isTimed(currentStep(memberOf(strategy, 'canary'), status));
    return reason !== 'BlueGreenPause' || countOf(memberOf(strategy, 'blueGreen'), 'autoPromotionSeconds', 0) === 0;
  });
}

function currentStep(canary: unknown, status: unknown): unknown {
  return listOf(canary, 'steps')[countOf(status, 'currentStepIndex', 0)];
}

/** A duration is a number of seconds or a text such as `10m`. */
function isTimed(step: unknown): boolean {
  const duration = memberOf(memberOf(step, 'pause'), 'duration');
  return duration !== undefined && duration !== null;
}
