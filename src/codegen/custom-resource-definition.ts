/** Builds the CustomResourceDefinition (apiextensions.k8s.io/v1) of a kind. An annotation holds the hash of the schema. */
import { createHash } from 'node:crypto';
import { builtin } from '../api/object/builtin-types.ts';
import { keytender } from '../api/keytender-dialect.ts';
import { apiVersionOf, groupResource } from '../api/object/resource-type.ts';
import type { ResourceKind } from './resource-kinds.ts';
import { structuralSchema, type StructuralSchema } from './structural-schema.ts';

export interface CustomResourceDefinition {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: Readonly<Record<string, string | readonly string[]>>;
    readonly versions: readonly [CustomResourceVersion];
  };
}

export interface CustomResourceVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly additionalPrinterColumns: ResourceKind['columns'];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
  readonly subresources: { readonly status: object };
  readonly schema: { readonly openAPIV3Schema: StructuralSchema };
}

/** The CustomResourceDefinition to apply. */
export function customResourceDefinition(kind: ResourceKind): CustomResourceDefinition {
  const spec = specOf(kind);
  return {
    apiVersion: apiVersionOf(builtin.customResourceDefinition),
    kind: builtin.customResourceDefinition.kind,
    metadata: {
      name: groupResource(kind.names),
      annotations: { [keytender.annotations.schema]: schemaHash(spec) },
    },
    spec,
  };
}

/** Hash of the CustomResourceDefinition, 16 hexadecimal digits. With it the operator recognizes the schema that the API server serves. */
function schemaHash(spec: CustomResourceDefinition['spec']): string {
  return createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 16);
}

function specOf(kind: ResourceKind): CustomResourceDefinition['spec'] {
  const { plural, singular, shortNames, namespaced, group } = kind.names;
  return {
    group,
    scope: namespaced ? 'Namespaced' : 'Cluster',
    names: {
      kind: kind.names.kind,
      listKind: `${kind.names.kind}List`,
      plural,
      singular,
      shortNames,
      categories: [keytender.category],
    },
    versions: [versionOf(kind)],
  };
}

function versionOf(kind: ResourceKind): CustomResourceVersion {
  const { selectableFields } = kind;
  return {
    name: kind.names.version,
    served: true,
    storage: true,
    additionalPrinterColumns: kind.columns,
    ...(selectableFields.length === 0 ? {} : { selectableFields: selectableFields.map((jsonPath) => ({ jsonPath })) }),
    subresources: { status: {} },
    schema: { openAPIV3Schema: rootSchema(kind) },
  };
}

/** The schema of the whole object. The API server defines apiVersion, kind and metadata; Keytender defines spec and status. */
function rootSchema(kind: ResourceKind): StructuralSchema {
  const { description: _none, ...own } = structuralSchema(kind.schema, kind.names.kind);
  return {
    description: kind.description,
    ...own,
    properties: {
      apiVersion: { description: 'Group and version of this object.', type: 'string', maxLength: 253 },
      kind: { description: 'Kind of this object.', type: 'string', maxLength: 63 },
      // The API server refuses further constraints on metadata.
      metadata: { type: 'object' },
      ...own.properties,
    },
  };
}
