/** Secrets that are not followed: they are many, change often, and no workload is restarted for them. */
import type { ResourceType } from '../../api/object/resource-type.ts';

/** Releases of Helm, and tokens that a controller or kubelet renews. */
const leftOutTypes: readonly string[] = ['helm.sh/release.v1', 'kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token'];

/** For the watches of sources. Types of Secrets are a field that the API server selects by. */
export function fieldSelectorOf({ group, kind }: ResourceType): string | undefined {
  return group === '' && kind === 'Secret' ? leftOutTypes.map((type) => `type!=${type}`).join(',') : undefined;
}

export function isLeftOut({ kind, type }: { readonly kind: string; readonly type?: unknown }): boolean {
  return kind === 'Secret' && typeof type === 'string' && leftOutTypes.includes(type);
}
