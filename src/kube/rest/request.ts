/** A call to the API server as data. It determines path, method and content type. Pure. */
import { apiVersionOf, type ResourceType } from '../../api/object/resource-type.ts';
import type { Omitted } from '../port.ts';
import { member } from './status.ts';

/** The verbs of RBAC that Keytender uses. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';

export interface KubeRequest {
  readonly verb: Verb;
  readonly type: ResourceType;
  /** '': cluster-scoped, or all namespaces for list and watch. */
  readonly namespace: string;
  readonly name?: string;
  readonly subresource?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Media type of the response. Default: JSON. */
  readonly accept?: string;
  /** Maximum response in bytes. Default: the limit of the transport. */
  readonly maxBytes?: number;
  /** Members of the metadata of each item of a list that are not parsed. */
  readonly omitted?: Omitted;
}

const METHODS = { get: 'GET', list: 'GET', watch: 'GET', create: 'POST', patch: 'PATCH', delete: 'DELETE' } as const;

export function methodOf(request: KubeRequest): (typeof METHODS)[Verb] {
  return METHODS[request.verb];
}

/** A merge patch needs its content type. Otherwise the API server expects another type of patch. */
export function contentTypeOf(request: KubeRequest): string {
  return request.verb === 'patch' ? 'application/merge-patch+json' : 'application/json';
}

/** Path and query of the URL. Every part is escaped. See also isAddressable. */
export function pathOf(request: KubeRequest): string {
  const { type, namespace, name, subresource, query } = request;
  const root = type.group === '' ? ['api', type.version] : ['apis', type.group, type.version];
  const scope = type.namespaced && namespace !== '' ? ['namespaces', namespace] : [];
  const object = [name, subresource].filter((part) => part !== undefined);
  const path = [...root, ...scope, type.plural, ...object].map(encodeURIComponent).join('/');
  const search = new URLSearchParams(query).toString();
  return `/${path}${search === '' ? '' : `?${search}`}`;
}

/** False for names that would change the path ("", ".", ".."): servers resolve dots, and encodeURIComponent does not escape them. */
export function isAddressable({ namespace, name, subresource }: KubeRequest): boolean {
  return ![name, subresource].some((part) => part === '' || isDots(part)) && !isDots(namespace);
}

function isDots(part: string | undefined): boolean {
  return part === '.' || part === '..';
}

/** `externalsecrets.keytender.dev`, `secrets`: the name of the resource in RBAC rules and `kubectl`. */
export function resourceOf(type: ResourceType): string {
  return type.group === '' ? type.plural : `${type.plural}.${type.group}`;
}

/** The request as text: `patch Secret team-a/db`, `list secrets in all namespaces`. Of the body it contains only the name. */
export function describeRequest(request: KubeRequest): string {
  const { verb, type, namespace, subresource } = request;
  const name = request.name ?? nameInBody(request.body);
  if (name !== undefined) {
    const what = subresource === undefined ? type.kind : `${subresource} of ${type.kind}`;
    return `${verb} ${what} ${namespace === '' ? name : `${namespace}/${name}`}`;
  }
  if (!type.namespaced) return `${verb} ${resourceOf(type)}`;
  return `${verb} ${resourceOf(type)} in ${namespace === '' ? 'all namespaces' : `namespace ${namespace}`}`;
}

function nameInBody(body: object | undefined): string | undefined {
  const name = member(member(body, 'metadata'), 'name');
  return typeof name === 'string' ? name : undefined;
}

/** The RBAC permission that the request needs. */
export function permissionOf(request: KubeRequest): string {
  const { verb, type, namespace, subresource } = request;
  const resource = `${resourceOf(type)}${subresource === undefined ? '' : `/${subresource}`}`;
  const scope = namespace === '' ? 'in the whole cluster' : `in namespace ${namespace}`;
  return `"${verb}" on "${resource}" ${scope}`;
}

/** The object with its type. Items of typed lists have no type, and PartialObjectMetadata has another one. */
export function withType<T extends object>(type: ResourceType, object: T): T & { readonly apiVersion: string; readonly kind: string } {
  return { ...object, apiVersion: apiVersionOf(type), kind: type.kind };
}
