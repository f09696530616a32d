// Conditions that many tests wait for, and counts of calls to AWS.
import { waitUntil } from '../control-plane/wait-until.ts';
import type { AnyObject } from './objects.ts';
import type { Scene } from './scene.ts';

/** The object once it is there and fits. */
export async function untilObject(
  { objects }: Scene,
  plural: string,
  name: string,
  fits: (object: AnyObject) => boolean = () => true,
  timeoutMs = 30_000,
): Promise<AnyObject> {
  let last: AnyObject | undefined;
  const look = async (): Promise<AnyObject | undefined> => {
    last = await objects.get(plural, name);
    return last !== undefined && fits(last) ? last : undefined;
  };
  try {
    return await waitUntil(`${plural} ${name} is as expected`, look, { timeoutMs });
  } catch (error) {
    throw new Error(`${plural} ${name} is not as expected but ${JSON.stringify(last)}`, { cause: error });
  }
}

export async function untilGone({ objects }: Scene, plural: string, name: string): Promise<void> {
  await waitUntil(`${plural} ${name} is gone`, async () => (await objects.get(plural, name)) === undefined);
}

/** Requests that asked AWS for the value of this secret, alone or in a batch. */
export function readsOf({ aws }: Scene, secret: string): number {
  return aws.calls.count('GetSecretValue', secret) + aws.calls.count('BatchGetSecretValue', secret);
}

/** Sets the annotation that asks for one refresh at once. */
export async function forceSync({ objects }: Scene, name: string, value: string): Promise<void> {
  await objects.patch('externalsecrets', name, { metadata: { annotations: { 'keytender.dev/force-sync': value } } });
}

/** A change that nothing in the namespace depends on has been seen by the operator, so that everything before it was seen too. */
export async function untilCaughtUp(scene: Scene, marker: string): Promise<void> {
  scene.aws.secrets().create(`caught-up/${marker}`, 'x');
  await scene.objects.externalSecret(marker, { data: [{ secretKey: 'a', remoteRef: { key: `caught-up/${marker}` } }] });
  await scene.objects.untilReason(marker, 'SecretSynced');
}
