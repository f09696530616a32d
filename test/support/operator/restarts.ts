// ExternalSecrets that restart workloads, and what their status says of it.
import { waitUntil } from '../control-plane/wait-until.ts';
import type { AnyObject, Condition } from './objects.ts';
import type { Scene } from './scene.ts';
import type { Kind } from './workloads.ts';

export interface Target {
  readonly kind: Kind;
  readonly name: string;
}

export function deployment(name: string): Target {
  return { kind: 'Deployment', name };
}

/** An ExternalSecret of the key `password`. `secret`: in AWS. A change of its value restarts the targets. */
export async function createRestarting(
  { objects }: Scene,
  name: string,
  targets: readonly Target[],
  { secret = name, ...more }: { readonly secret?: string; readonly [field: string]: unknown } = {},
): Promise<void> {
  await objects.externalSecret(name, {
    refreshInterval: '1s',
    data: [{ secretKey: 'password', remoteRef: { key: secret } }],
    restart: { targets, settle: '0' },
    ...more,
  });
}

export function restartedOf(object: AnyObject | undefined): Condition | undefined {
  return object?.status?.conditions?.find(({ type }) => type === 'Restarted');
}

/** The ExternalSecret once its condition Restarted has this reason. */
export async function untilRestarted({ objects }: Scene, name: string, reason: string): Promise<AnyObject> {
  return waitUntil(`Restarted of ${name} is ${reason}`, async () => {
    const object = await objects.get('externalsecrets', name);
    return restartedOf(object)?.reason === reason ? object : undefined;
  });
}
