/** Resource types of Argo Rollouts. Its CustomResourceDefinition may be absent, or come later. */
import type { ResourceType } from './resource-type.ts';

export const argoRollout = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  kind: 'Rollout',
  plural: 'rollouts',
  namespaced: true,
} as const satisfies ResourceType;
