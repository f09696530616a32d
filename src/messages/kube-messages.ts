/** Messages for failures of the API server. Pure. */
import { failureReasons } from '../failure/reasons.ts';
import { say } from './fit.ts';
import type { Wordings } from './wording.ts';
import { identityWords } from './words.ts';

export const kubeMessages: Wordings = {
  KubernetesUnavailable: ({ identity }, view) => ({
    said: say`the API server gave no token of ${identityWords(identity, view)} in time`,
    action: failureReasons.KubernetesUnavailable.hint,
  }),
};
