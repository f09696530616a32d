/** Group, version and names of a kind, which a client needs to build the URL of its objects. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** The names of a kind that a CustomResourceDefinition defines. */
export interface CustomResourceType extends ResourceType {
  readonly singular: string;
  readonly shortNames: readonly string[];
}

/** `externalsecrets.keytender.dev`: names the kind in every group, as the names of CustomResourceDefinitions do. */
export function groupResource({ plural, group }: ResourceType): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** `group/version`, or `v1` for the core group. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}
