/** Types, labels and annotations that Keytender never writes. CEL rules of the CRDs refuse them, and code checks again, because the served schema can be older than the code. */

/**
 * Secret types that other programs act on. A token would create or steal an identity (external-secrets CVE-2026-42876), and a Helm release is applied
 * by the next rollback. The ValidatingAdmissionPolicy of the chart refuses the same types.
 */
const REFUSED_TYPES: ReadonlySet<string> = new Set([
  'kubernetes.io/service-account-token',
  'bootstrap.kubernetes.io/token',
  'helm.sh/release.v1',
]);

export function isRefusedType(type: string | undefined): boolean {
  return type !== undefined && REFUSED_TYPES.has(type);
}

/** True for labels and annotations that a template may not set. `reservedDomains` are those of the dialect. */
export function isReservedName(name: string, reservedDomains: readonly string[]): boolean {
  const domain = name.slice(0, Math.max(name.indexOf('/'), 0));
  const isReserved = reservedDomains.some((reserved) => domain === reserved || domain.endsWith(`.${reserved}`));
  return isReserved || name.startsWith('kubernetes.io/service-account.');
}
