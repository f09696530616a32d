/** Converts spec.restart of an ExternalSecret. Pure. */
import type { Outcome } from '../../failure/failure.ts';
import type { ExternalSecretSpec } from '../../api/schema/external-secret.ts';
import type { ObjectName } from '../../base/key.ts';
import { ok } from '../../base/result.ts';
import { policyOf } from '../policy/policy-of.ts';
import type { GroupId } from './demand.ts';
import type { RestartSpec, RestartTargetSpec } from './restart-spec.ts';

export function groupOfExternalSecret({ namespace, name }: ObjectName): GroupId {
  return `ExternalSecret/${namespace}/${name}`;
}

/** Undefined: no workload is to be restarted. The failure is InvalidSpec, for what the schema cannot check. */
export function restartSpecOf(owner: ObjectName, { restart, target }: ExternalSecretSpec): Outcome<RestartSpec> | undefined {
  if (restart === undefined) return undefined;
  const mode = restart.mode ?? 'Targets';
  if (mode === 'None') return undefined;
  const policy = policyOf(restart);
  if (!policy.ok) return policy;
  return ok({
    group: groupOfExternalSecret(owner),
    ...owner,
    secretName: target?.name ?? owner.name,
    mode,
    targets: mode === 'Discover' ? [] : (restart.targets ?? []).flatMap(targetOf),
    keys: restart.keys ?? 'all',
    policy: policy.value,
  });
}

/** The schema requires either a name or a selector. */
function targetOf({ kind, name, selector }: TargetField): readonly RestartTargetSpec[] {
  if (name !== undefined) return [{ kind, name }];
  return selector === undefined ? [] : [{ kind, selector }];
}

type TargetField = NonNullable<NonNullable<ExternalSecretSpec['restart']>['targets']>[number];
