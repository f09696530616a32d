/**
 * Whether a ClusterSecretStore may be used from a namespace. Conditions are combined with OR, and so are the parts of one condition. Pure.
 */
import { RE2JS } from 're2js';
import { selects } from '../../api/object/label-selector.ts';
import type { StoreCondition } from '../../api/schema/secret-store.ts';

export interface NamespaceFacts {
  readonly name: string;
  /** Undefined: the labels are unknown, so no selector matches. Otherwise NotIn and DoesNotExist would allow the namespace. */
  readonly labels: Readonly<Record<string, string>> | undefined;
}

/** An invalid regular expression matches no namespace. */
export function namespaceAllowed(conditions: readonly StoreCondition[] | undefined, namespace: NamespaceFacts): boolean {
  if (conditions === undefined || conditions.length === 0) return true;
  return conditions.some(
    ({ namespaceSelector, namespaces, namespaceRegexes }) =>
      (namespaces?.includes(namespace.name) ?? false) ||
      (namespaceSelector !== undefined && namespace.labels !== undefined && selects(namespaceSelector, namespace.labels)) ||
      (namespaceRegexes?.some((expression) => fullMatch(expression, namespace.name)) ?? false),
  );
}

/** RE2: linear in the length of the name for every expression. A RegExp is never used for text of a tenant. */
function fullMatch(expression: string, name: string): boolean {
  return regexProblem(expression) === undefined && RE2JS.matches(expression, name);
}

/** The reason why the expression is invalid, or undefined. */
export function regexProblem(expression: string): string | undefined {
  try {
    RE2JS.compile(expression);
    return undefined;
  } catch {
    return 'it is not an RE2 expression';
  }
}
