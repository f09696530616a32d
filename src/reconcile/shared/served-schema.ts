/** Compares the served CRDs with those of this version. A difference is only logged, because an older schema only lacks fields. */
import { builtin } from '../../api/object/builtin-types.ts';
import { valueIn, type KubeObject } from '../../api/object/object.ts';
import type { KubeReader } from '../../kube/port.ts';
import { type Controller, controllerId } from './controller.ts';
import type { Logger } from '../../telemetry/log/logger.ts';

export interface ExpectedSchema {
  /** Name of the CustomResourceDefinition. */
  readonly name: string;
  /** The annotation on it that has the hash. */
  readonly annotation: string;
  readonly hash: string;
}

/** The schemas of the kinds that these controllers reconcile. Throws a TypeError if one has no hash, which would equal that of a CRD without the annotation. */
export function schemasOf(controllers: readonly Controller[]): readonly ExpectedSchema[] {
  return controllers.flatMap((controller) => {
    const { schemaHashes, annotations } = controller.dialect;
    if (controller.definition === undefined || schemaHashes === undefined) return [];
    const name = controllerId(controller);
    const hash = valueIn(schemaHashes, name);
    if (hash === undefined) throw new TypeError(`the schema of ${name} has no hash: run npm run generate`);
    return [{ name, annotation: annotations.schema, hash }];
  });
}

export async function checkSchema(
  client: KubeReader,
  schemas: readonly ExpectedSchema[],
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (const { name, annotation, hash } of schemas) {
    const crd = await client.get<KubeObject>(builtin.customResourceDefinition, { namespace: '', name }, signal);
    if (!crd.ok) {
      logger.warn(
        { crd: name, problem: crd.failure.message },
        'custom resource definition could not be read; apply crds/ if it is missing',
      );
      continue;
    }
    const served = valueIn(crd.value.metadata.annotations, annotation);
    if (served !== hash) {
      logger.warn(
        { crd: name, served: served ?? 'none' },
        'custom resource definition is of another version of Keytender; apply the crds/ of this version',
      );
    }
  }
}
