/** spec.restart of ExternalSecrets, parsed once for each version of an object. */
import { groupResource, type ResourceType } from '../../api/object/resource-type.ts';
import { type ExternalSecretObject, externalSecretSpecSchema } from '../../api/schema/external-secret.ts';
import { restartSpecOf } from '../../restart/demand/restart-spec-of.ts';
import type { RestartSpec } from '../../restart/demand/restart-spec.ts';

export class RestartSpecs {
  /** Also those that do not work: each round of each workload that they may concern asks. */
  readonly #parsed = new WeakMap<ExternalSecretObject, { readonly spec: RestartSpec | undefined }>();

  /**
   * Undefined without spec.restart, and while the ExternalSecret does not work: it is suspended, being deleted, not kept, or its specification is not valid,
   * which its own reconcile reports.
   */
  of(type: ResourceType, object: ExternalSecretObject): RestartSpec | undefined {
    const known = this.#parsed.get(object);
    if (known !== undefined) return known.spec;
    const spec = parse(type, object);
    this.#parsed.set(object, { spec });
    return spec;
  }

  /** Whether `of` costs nothing. */
  has(object: ExternalSecretObject): boolean {
    return this.#parsed.has(object);
  }
}

function parse(type: ResourceType, { metadata, spec, notKept }: ExternalSecretObject): RestartSpec | undefined {
  if (metadata.deletionTimestamp !== undefined || notKept !== undefined || !mayRestart(spec)) return undefined;
  const parsed = externalSecretSpecSchema.safeParse(spec);
  if (!parsed.success || parsed.data.suspend === true) return undefined;
  const owner = { resource: groupResource(type), namespace: metadata.namespace ?? '', name: metadata.name };
  const result = restartSpecOf(owner, parsed.data);
  return result.ok && result.value.members !== 'none' ? result.value : undefined;
}

/** Most ExternalSecrets have no spec.restart and need not be parsed. */
function mayRestart(spec: unknown): boolean {
  return typeof spec === 'object' && spec !== null && 'restart' in spec;
}
