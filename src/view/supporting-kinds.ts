/** The kinds of Kubernetes that the controllers of a dialect read, with their reductions. */
import { builtin } from '../api/object/builtin-types.ts';
import type { Dialect } from '../api/dialect.ts';
import type { ExternalSecretObject } from '../api/schema/external-secret.ts';
import type { KubeObject } from '../api/object/object.ts';
import { groupResource } from '../api/object/resource-type.ts';
import { type ManagedSecret, reduceSecret } from '../apply/managed-secret.ts';
import { controllerOf, WritersOfSecrets } from './indexes.ts';
import { nameOnlySecret } from './name-only.ts';
import { costOfManagedSecret } from './object-cost.ts';
import { omittedOf, reduceNamespace } from './reduced-objects.ts';
import type { SupportingKind } from './supporting-kind.ts';

/**
 * The Secrets that ExternalSecrets of the dialect write to. They are reduced as they arrive, with the records of their ExternalSecrets
 * (apply/managed-secret.ts). ExternalSecrets are listed first: else each start would read every Secret without an owner once more.
 */
export function managedSecretKind(
  dialect: Pick<Dialect, 'group' | 'kinds' | 'labels' | 'records' | 'metricSuffix'>,
): SupportingKind<ManagedSecret> {
  const labelSelector = `${dialect.labels.managed}=true`;
  const { externalSecret } = dialect.kinds;
  const writers = new WritersOfSecrets();
  return {
    id: `${groupResource(builtin.secret)} ${labelSelector}`,
    type: builtin.secret,
    labelSelector,
    reduce: (raw, { own, digestKey }) =>
      reduceSecret({ dialect, digestKey }, raw, writers.of(raw.metadata, own<ExternalSecretObject>(externalSecret))),
    indexes: { controller: controllerOf },
    after: [groupResource(externalSecret)],
    memory: { weight: 30, kind: `Secret${dialect.metricSuffix}`, costOf: costOfManagedSecret, nameOnly: nameOnlySecret },
  };
}

/** Its labels only. */
export const namespaceKind: SupportingKind<KubeObject> = {
  id: groupResource(builtin.namespace),
  type: builtin.namespace,
  reduce: reduceNamespace,
  omitted: omittedOf.namespace,
  metadataOnly: true,
};
