/** Are the CRDs that the API server serves those that this version was built with? Says so, and goes on: an older schema only lacks fields. */
import { builtin, names } from '../api/names.ts';
import { valueIn, type KubeObject } from '../api/object.ts';
import { schemaHashes } from '../api/schema-hash.ts';
import type { KubeReader } from '../kube/port.ts';
import type { Logger } from '../telemetry/logger.ts';

export async function checkSchema(client: KubeReader, clusterStores: boolean, logger: Logger, signal: AbortSignal): Promise<void> {
  const { externalSecret, secretStore, clusterSecretStore } = names.kinds;
  for (const { plural, group } of clusterStores ? [externalSecret, secretStore, clusterSecretStore] : [externalSecret, secretStore]) {
    const name = `${plural}.${group}`;
    const crd = await client.get<KubeObject>(builtin.customResourceDefinition, { namespace: '', name }, signal);
    if (!crd.ok) {
      logger.warn(
        { crd: name, problem: crd.failure.message },
        'custom resource definition could not be read; apply crds/ if it is missing',
      );
      continue;
    }
    const served = valueIn(crd.value.metadata.annotations, names.annotations.schema);
    if (served !== valueIn<string>(schemaHashes, plural)) {
      logger.warn(
        { crd: name, served: served ?? 'none' },
        'custom resource definition is of another version of Keytender; apply the crds/ of this version',
      );
    }
  }
}
