// The meaning of a request to the API server, by the rules of its RequestInfo: verb, group, resource, namespace, name, subresource.

export interface ResourceRequest {
  /** get, list, watch, create, update, patch, delete, deletecollection; for paths that are no resource the lower-case method. */
  readonly verb: string;
  /** Empty for the core group and for paths that are no resource. */
  readonly group: string;
  /** Plural, as in the path. Empty for paths that are no resource. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  readonly path: string;
}

interface Place {
  readonly namespace?: string;
  readonly resource: string;
  readonly name?: string;
  readonly subresource?: string;
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch' };

/** Reads method and URL of a request. */
export function parseResourceRequest(method: string, url: string): ResourceRequest {
  const { pathname, searchParams } = new URL(url, 'https://api.invalid');
  const [root, ...rest] = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const group = root === 'apis' ? (rest[0] ?? '') : '';
  const parts = root === 'apis' ? rest.slice(2) : root === 'api' ? rest.slice(1) : [];
  if (parts.length === 0) return { verb: method.toLowerCase(), group: '', resource: '', path: pathname };
  const place = placeOf(parts);
  return { verb: verbOf(method, place, searchParams), group, path: pathname, ...place };
}

function placeOf(parts: readonly string[]): Place {
  // /namespaces/<name>/status and /finalize belong to the namespace itself.
  const namespaced = parts[0] === 'namespaces' && parts[2] !== undefined && parts[2] !== 'status' && parts[2] !== 'finalize';
  const [resource = '', name, subresource] = namespaced ? parts.slice(2) : parts;
  return {
    resource,
    ...(namespaced && parts[1] !== undefined ? { namespace: parts[1] } : {}),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

function verbOf(method: string, { name }: Place, parameters: URLSearchParams): string {
  if (method === 'DELETE') return name === undefined ? 'deletecollection' : 'delete';
  if (method !== 'GET' && method !== 'HEAD') return VERBS[method] ?? method.toLowerCase();
  const watch = parameters.get('watch');
  if (watch !== null && watch !== '0' && watch !== 'false') return 'watch';
  return name === undefined ? 'list' : 'get';
}
