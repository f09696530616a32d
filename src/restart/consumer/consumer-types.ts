/** The resource types of the kinds that can be restarted. */
import { argoRollout } from '../../api/object/argo-types.ts';
import { builtin } from '../../api/object/builtin-types.ts';
import type { ResourceType } from '../../api/object/resource-type.ts';
import type { ConsumerKind } from './consumer.ts';

export const consumerTypes: Readonly<Record<ConsumerKind, ResourceType>> = {
  Deployment: builtin.deployment,
  StatefulSet: builtin.statefulSet,
  DaemonSet: builtin.daemonSet,
  Rollout: argoRollout,
};
