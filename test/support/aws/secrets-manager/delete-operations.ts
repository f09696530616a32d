// DeleteSecret and RestoreSecret: a recovery window by the emulator's clock, or immediate deletion if forced.
import { z } from 'zod';
import { AwsError, invalidParameter, invalidRequest } from '../aws-error.ts';
import { newSecretArn } from '../arn.ts';
import { access, type Caller, type Found } from './context.ts';
import { checkSecretId, field } from './limits.ts';
import { operation, refuseIfReplica, seconds } from './operation.ts';

const DAY_MS = 86_400_000;

export const deleteSecret = operation(
  z.object({ SecretId: field.secretId, RecoveryWindowInDays: z.int().optional(), ForceDeleteWithoutRecovery: field.flag }),
  (caller, input) => {
    checkSecretId(input.SecretId);
    const windowDays = recoveryDays(input.RecoveryWindowInDays, input.ForceDeleteWithoutRecovery ?? false);
    const nowMs = caller.world.clock.now();
    const found = windowDays === 0 ? findOrNone(caller, input.SecretId) : access(caller, 'DeleteSecret', input.SecretId);
    // Forced deletion of a secret that does not exist succeeds, so that a deletion may be repeated.
    if (!found) return { ARN: arnOf(caller, input.SecretId), Name: input.SecretId, DeletionDate: seconds(nowMs) };
    const deletionMs = nowMs + windowDays * DAY_MS;
    remove(found, caller.region, { nowMs, deletionMs });
    return { ARN: found.secret.arn, Name: found.secret.name, DeletionDate: seconds(deletionMs) };
  },
);

/** Days until the secret is purged, 0 for at once. */
function recoveryDays(days: number | undefined, force: boolean): number {
  if (force && days !== undefined)
    throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  if (days !== undefined && (days < 7 || days > 30)) {
    throw invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).');
  }
  return force ? 0 : (days ?? 30);
}

function remove({ store, secret }: Found, region: string, at: { readonly nowMs: number; readonly deletionMs: number }): void {
  refuseIfReplica(secret, region);
  const regions = secret.replicas.map((replica) => replica.region).join(',');
  if (regions !== '') throw invalidParameter(`You can't delete secret ${secret.name} that still has replica regions [${regions}]`);
  if (at.deletionMs === at.nowMs) store.remove(secret.name);
  else if (secret.deletionMs === undefined) store.save({ ...secret, deletionMs: at.deletionMs, changedMs: at.nowMs });
  else throw invalidRequest("You can't perform this operation on the secret because it was already scheduled for deletion.");
}

const arnOf = (caller: Caller, secretId: string): string =>
  secretId.startsWith('arn:') ? secretId : newSecretArn(caller.account, caller.region, secretId);

function findOrNone(caller: Caller, secretId: string): Found | undefined {
  try {
    return access(caller, 'DeleteSecret', secretId);
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

export const restoreSecret = operation(z.object({ SecretId: field.secretId }), (caller, input) => {
  checkSecretId(input.SecretId);
  const { store, secret } = access(caller, 'RestoreSecret', input.SecretId);
  if (secret.deletionMs !== undefined) store.save({ ...secret, deletionMs: undefined, changedMs: caller.world.clock.now() });
  return { ARN: secret.arn, Name: secret.name };
});
