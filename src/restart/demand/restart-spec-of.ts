/** Converts spec.restart of an ExternalSecret. Pure. */
import type { Outcome } from '../../failure/failure.ts';
import type { ExternalSecretSpec } from '../../api/schema/external-secret.ts';
import { ok } from '../../base/result.ts';
import { restartRequestOf } from '../policy/policy-of.ts';
import type { GroupId } from './demand.ts';
import type { PolicyOwner, RestartSpec } from './restart-spec.ts';

export function groupOfOwner({ resource, namespace, name }: PolicyOwner): GroupId {
  return `${resource}/${namespace}/${name}`;
}

/** Undefined: the group is not that of an ExternalSecret. */
export function ownerOfGroup(group: GroupId): PolicyOwner | undefined {
  const [resource = '', namespace = '', name = ''] = group.split('/');
  return resource.includes('.') ? { resource, namespace, name } : undefined;
}

/** The failure is InvalidSpec, for what the schema cannot check. */
export function restartSpecOf(
  owner: PolicyOwner,
  { restart, target }: Pick<ExternalSecretSpec, 'restart' | 'target'>,
): Outcome<RestartSpec> {
  const request = restartRequestOf(restart);
  if (!request.ok) return request;
  return ok({ ...request.value, owner, group: groupOfOwner(owner), secretName: target?.name ?? owner.name });
}
