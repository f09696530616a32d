/** The name of a namespaced or cluster-scoped object as one string, usable as a Map key: "namespace/name" or "name". */
export type Key = string & { readonly __noun: 'object key' };

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

/** Kubernetes names contain no slash, so the string is unambiguous. An empty namespace means cluster-scoped. */
export function keyOf(namespace: string, name: string): Key {
  return (namespace === '' ? name : `${namespace}/${name}`) as Key;
}

export function nameOf(key: Key): ObjectName {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
