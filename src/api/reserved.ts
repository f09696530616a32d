/** What nobody may write through Keytender; the CRDs refuse it by CEL, and the code again, because a schema can be older than the code. */

/**
 * Types that others act on: writing a token would create or steal an identity (external-secrets CVE-2026-42876), and a release of Helm is applied by
 * whoever rolls back to it. The ValidatingAdmissionPolicy of the chart refuses the same.
 */
const REFUSED_TYPES: ReadonlySet<string> = new Set([
  'kubernetes.io/service-account-token',
  'bootstrap.kubernetes.io/token',
  'helm.sh/release.v1',
]);

export function isRefusedType(type: string | undefined): boolean {
  return type !== undefined && REFUSED_TYPES.has(type);
}

/** True for labels and annotations that a template may not set. `reservedDomains`: of the dialect. */
export function isReservedName(name: string, reservedDomains: readonly string[]): boolean {
  const domain = name.slice(0, Math.max(name.indexOf('/'), 0));
  const isReserved = reservedDomains.some((reserved) => domain === reserved || domain.endsWith(`.${reserved}`));
  return isReserved || name.startsWith('kubernetes.io/service-account.');
}
