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
  { objects }: Pick<Scene, 'objects'>,
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

/** One entry of status.restarts. */
export interface ShownRestart {
  readonly kind: string;
  readonly name: string;
  readonly state: string;
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly nextStep?: string;
  readonly nextStepTime?: string;
  readonly content?: string;
  readonly restartedAt?: string;
}

export function shownRestarts(object: AnyObject | undefined): readonly ShownRestart[] {
  return (object?.status?.['restarts'] ?? []) as readonly ShownRestart[];
}

/** The entry of a workload in the status of an ExternalSecret once it has these fields. */
export async function untilShown(
  { objects }: Pick<Scene, 'objects'>,
  externalSecret: string,
  workload: string,
  expected: Partial<ShownRestart>,
  timeoutMs = 30_000,
): Promise<ShownRestart> {
  let last: ShownRestart | undefined;
  const look = async (): Promise<ShownRestart | undefined> => {
    last = shownRestarts(await objects.get('externalsecrets', externalSecret)).find(({ name }) => name === workload);
    const isShown = last !== undefined && Object.entries(expected).every(([field, value]) => last?.[field as keyof ShownRestart] === value);
    return isShown ? last : undefined;
  };
  try {
    return await waitUntil(`${externalSecret} shows ${workload} as ${JSON.stringify(expected)}`, look, { timeoutMs });
  } catch (error) {
    throw new Error(`${externalSecret} does not show ${workload} as ${JSON.stringify(expected)} but as ${JSON.stringify(last)}`, {
      cause: error,
    });
  }
}
