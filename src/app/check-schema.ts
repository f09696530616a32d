/** Compares the served CRDs with those of this version. A difference is only logged, because an older schema only lacks fields. */
import { builtin } from '../api/builtin-types.ts';
import type { Dialect } from '../api/dialect.ts';
import { valueIn, type KubeObject } from '../api/object.ts';
import { groupResource, type ResourceType } from '../api/resource-type.ts';
import type { KubeReader } from '../kube/port.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface SchemaOptions {
  /** The kinds of the controllers that this installation runs. */
  readonly types: readonly ResourceType[];
  readonly dialect: Pick<Dialect, 'annotations'>;
  /** Hashes of the schemas of this version, by the plural name of the kind. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly logger: Logger;
}

export async function checkSchema(
  client: KubeReader,
  { types, dialect, hashes, logger }: SchemaOptions,
  signal: AbortSignal,
): Promise<void> {
  for (const type of types) {
    const name = groupResource(type);
    const crd = await client.get<KubeObject>(builtin.customResourceDefinition, { namespace: '', name }, signal);
    if (!crd.ok) {
      logger.warn(
        { crd: name, problem: crd.failure.message },
        'custom resource definition could not be read; apply crds/ if it is missing',
      );
      continue;
    }
    const served = valueIn(crd.value.metadata.annotations, dialect.annotations.schema);
    if (served !== valueIn(hashes, type.plural)) {
      logger.warn(
        { crd: name, served: served ?? 'none' },
        'custom resource definition is of another version of Keytender; apply the crds/ of this version',
      );
    }
  }
}
