/** The kinds of which CustomResourceDefinitions are generated. They follow from the list of controllers. */
import { keytender } from '../api/keytender-dialect.ts';
import { type CustomResourceType, groupResource } from '../api/object/resource-type.ts';
import { controllersOf } from '../app/controllers.ts';
import { type Controller, controllerId } from '../reconcile/shared/controller.ts';
import type { KindDefinition } from '../api/schema/kind-definition.ts';

export interface ResourceKind extends KindDefinition {
  readonly names: CustomResourceType;
}

/**
 * In the order of the kinds of the dialects. Throws a TypeError if a kind of a dialect has no controller that defines it, or a controller defines a kind that
 * is not in its dialect.
 */
export function resourceKindsOf(controllers: readonly Controller[]): readonly ResourceKind[] {
  const defining = new Map(
    controllers.flatMap((one) => (one.definition === undefined ? [] : [[controllerId(one), one.definition] as const])),
  );
  const dialects = new Set(controllers.map(({ dialect }) => dialect));
  const names = Array.from(dialects, ({ kinds }) => Object.values(kinds)).flat();
  const kinds = names.map((type) => {
    const definition = defining.get(groupResource(type));
    if (definition === undefined) throw new TypeError(`no controller defines ${groupResource(type)}`);
    defining.delete(groupResource(type));
    return { names: type, ...definition };
  });
  const [unnamed] = defining.keys();
  if (unnamed !== undefined) throw new TypeError(`the dialect does not name ${unnamed}`);
  return kinds;
}

export const resourceKinds: readonly ResourceKind[] = resourceKindsOf(controllersOf(keytender));
