// Compares the permissions that the chart grants with the requests that were made.
import type { AuditEntry } from '../../support/control-plane/audit-log.ts';
import type { ChartRule } from '../../support/chart.ts';

/** The rules by which no request was let through, as text. What became of it then (404, 409) is another question. */
export function unusedRules(rules: readonly ChartRule[], entries: readonly AuditEntry[]): readonly string[] {
  const authorized = entries.filter(({ responseStatus }) => responseStatus?.code !== 401 && responseStatus?.code !== 403);
  return rules.filter((rule) => !authorized.some((entry) => fits(rule, entry))).map(textOf);
}

/** The requests that RBAC or admission has refused, as text, each once. */
export function deniedRequests(entries: readonly AuditEntry[]): readonly string[] {
  const denied = entries.filter(({ responseStatus }) => responseStatus?.code === 403);
  return [
    ...new Set(denied.map(({ verb, objectRef }) => `${verb} ${objectRef?.resource ?? ''}${suffixOf(objectRef?.subresource)}`)),
  ].sort();
}

function fits(rule: ChartRule, { verb, objectRef }: AuditEntry): boolean {
  if (objectRef === undefined || verb !== rule.verb || (objectRef.apiGroup ?? '') !== rule.apiGroup) return false;
  if (`${objectRef.resource}${suffixOf(objectRef.subresource)}` !== rule.resource) return false;
  const inNamespace = rule.namespace === undefined || objectRef.namespace === rule.namespace;
  return inNamespace && (rule.name === undefined || objectRef.name === rule.name);
}

function suffixOf(subresource: string | undefined): string {
  return subresource === undefined ? '' : `/${subresource}`;
}

function textOf({ verb, resource, apiGroup, name, namespace }: ChartRule): string {
  const what = `${verb} ${resource}${apiGroup === '' ? '' : `.${apiGroup}`}`;
  return `${what}${name === undefined ? '' : ` "${name}"`}${namespace === undefined ? '' : ` in ${namespace}`}`;
}
