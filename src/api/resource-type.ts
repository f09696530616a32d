/** What a client needs to address objects of one kind. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** A kind that a CustomResourceDefinition defines. */
export interface CustomResourceType extends ResourceType {
  readonly singular: string;
  readonly shortNames: readonly string[];
}

/** `group/version`, or `v1` for the core group. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}
