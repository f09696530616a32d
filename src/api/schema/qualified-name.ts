/**
 * Validates keys of labels and annotations, and values of labels, as the API server does (k8s.io/apimachinery util/validation, IsQualifiedName and
 * IsValidLabelValue). Keytender validates a template before it sends the request, because the error of the API server would quote the key, whatever its size.
 * Pure.
 */

/** Maximum length of a key in characters: 253 for the prefix, 1 for the slash, 63 for the name. */
export const QUALIFIED_NAME_LENGTH = 317;
const MAX_PREFIX = 253;
const MAX_NAME = 63;
const PREFIX = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

export function isLabelKey(key: string): boolean {
  if (key.length > QUALIFIED_NAME_LENGTH) return false;
  const slash = key.indexOf('/');
  return isName(key.slice(slash + 1)) && (slash < 0 || isPrefix(key.slice(0, slash)));
}

/** The prefix of an annotation may also contain capital letters. */
export function isAnnotationKey(key: string): boolean {
  return key.length <= QUALIFIED_NAME_LENGTH && isLabelKey(key.toLowerCase());
}

export function isLabelValue(value: string): boolean {
  return value === '' || isName(value);
}

function isName(name: string): boolean {
  return name.length <= MAX_NAME && NAME.test(name);
}

function isPrefix(prefix: string): boolean {
  return prefix.length <= MAX_PREFIX && PREFIX.test(prefix);
}
