/** Whether a ClusterSecretStore may be used from a namespace. Conditions are ORed; inside one, each part alone suffices too. Pure. */
import { RE2JS } from 're2js';
import type { NamespaceSelector, StoreCondition } from '../api/secret-store.ts';
import { valueIn } from '../api/object.ts';

export interface NamespaceFacts {
  readonly name: string;
  /** undefined: the namespace is not known yet, so no selector holds for it. NotIn and DoesNotExist would open the store by accident. */
  readonly labels: Readonly<Record<string, string>> | undefined;
}

/** An expression that does not compile allows no namespace, so that it does not open a store by accident. */
export function namespaceAllowed(conditions: readonly StoreCondition[] | undefined, namespace: NamespaceFacts): boolean {
  if (conditions === undefined || conditions.length === 0) return true;
  return conditions.some(
    ({ namespaceSelector, namespaces, namespaceRegexes }) =>
      (namespaces?.includes(namespace.name) ?? false) ||
      (namespaceSelector !== undefined && namespace.labels !== undefined && selectorMatches(namespaceSelector, namespace.labels)) ||
      (namespaceRegexes?.some((expression) => fullMatch(expression, namespace.name)) ?? false),
  );
}

/** RE2: linear in the length of the name, whatever the expression (a RegExp is never used for text of a tenant). */
function fullMatch(expression: string, name: string): boolean {
  return regexProblem(expression) === undefined && RE2JS.matches(expression, name);
}

/** Why the expression cannot be used, or undefined. */
export function regexProblem(expression: string): string | undefined {
  try {
    RE2JS.compile(expression);
    return undefined;
  } catch {
    return 'it is not an RE2 expression';
  }
}

/** metav1.LabelSelector semantics: all parts must hold; an empty selector matches everything. */
function selectorMatches(selector: NamespaceSelector, labels: Readonly<Record<string, string>>): boolean {
  const byLabel = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => valueIn(labels, key) === value);
  return byLabel && (selector.matchExpressions ?? []).every((requirement) => requirementHolds(requirement, labels));
}

type Requirement = NonNullable<NamespaceSelector['matchExpressions']>[number];

function requirementHolds({ key, operator, values = [] }: Requirement, labels: Readonly<Record<string, string>>): boolean {
  const value = valueIn(labels, key);
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return operator satisfies never;
  }
}
