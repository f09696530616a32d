// RotateSecret and CancelRotateSecret: the response is immediate, the four steps of the rotation function follow asynchronously.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { invalidRequest } from '../aws-error.ts';
import { access, type Caller, type Found } from './context.ts';
import { checkSecretId, checkToken, field } from './limits.ts';
import { operation, refuseIfDeleted, refuseIfReplica } from './operation.ts';
import { ROTATION_STEPS, type RotationFunction } from './rotation-functions.ts';
import { checkRules } from './rotation-schedule.ts';
import { addVersion, CURRENT, detachLabel, PENDING, type Secret } from './secret.ts';
import type { SecretStore } from './secret-store.ts';

export const rotateSecret = operation(
  z.object({
    SecretId: field.secretId,
    ClientRequestToken: field.token,
    RotationLambdaARN: z.string().max(2048).optional(),
    RotationRules: field.rotationRules,
    RotateImmediately: z.boolean().default(true),
  }),
  (caller, input) => {
    checkSecretId(input.SecretId);
    checkToken(input.ClientRequestToken);
    checkRules(input.RotationRules);
    const found = access(caller, 'RotateSecret', input.SecretId);
    const { store, secret } = found;
    refuseIfDeleted(secret);
    refuseIfReplica(secret, caller.region);
    refuseIfRotating(secret);
    const lambdaArn = input.RotationLambdaARN ?? secret.rotation?.lambdaArn;
    const rotate = functionFor(caller, secret, lambdaArn);
    const token = input.ClientRequestToken ?? randomUUID();
    const nowMs = caller.world.clock.now();
    const configured: Secret = {
      ...secret,
      rotation: { lambdaArn, rules: input.RotationRules ?? secret.rotation?.rules, enabled: true },
      changedMs: nowMs,
    };
    // The placeholder has no value until the function's createSecret step puts one under the same token.
    const pending = { id: token, createdMs: nowMs, content: undefined, kmsKeyId: secret.kmsKeyId };
    store.save(addVersion(configured, pending, [PENDING]));
    const steps = input.RotateImmediately ? ROTATION_STEPS : (['testSecret'] as const);
    caller.world.rotations.track(run(caller, found, rotate, { token, steps }));
    return { ARN: secret.arn, Name: secret.name, VersionId: token };
  },
);

function refuseIfRotating(secret: Secret): void {
  const pending = secret.labels.get(PENDING);
  if (pending !== undefined && pending !== secret.labels.get(CURRENT)) {
    throw invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.");
  }
}

function functionFor(caller: Caller, secret: Secret, lambdaArn: string | undefined): RotationFunction {
  const key = lambdaArn ?? (secret.owningService === undefined ? undefined : managedRotation(secret.owningService));
  if (key === undefined) throw invalidRequest('No Lambda rotation function ARN is associated with this secret.');
  const rotate = caller.world.rotations.get(key);
  if (!rotate) throw invalidRequest(`Secrets Manager cannot invoke the specified Lambda function: ${key}.`);
  return rotate;
}

/** Under this key the rotation of secrets that a service owns is registered. */
export const managedRotation = (owningService: string): string => `managed:${owningService}`;

async function run(
  caller: Caller,
  { store, secret }: Found,
  rotate: RotationFunction,
  { token, steps }: { readonly token: string; readonly steps: readonly (typeof ROTATION_STEPS)[number][] },
): Promise<void> {
  const { rotations } = caller.world;
  const event = { SecretId: secret.arn, ClientRequestToken: token, RotationToken: randomUUID() };
  for (const step of steps) {
    const ok = await Promise.resolve()
      .then(() => rotate({ ...event, Step: step }))
      .then(
        () => true,
        () => false,
      );
    rotations.steps.push({ secretArn: secret.arn, step, ok });
    if (!ok) return;
  }
  finish(caller, store, secret, token, steps.length === ROTATION_STEPS.length);
}

function finish(caller: Caller, store: SecretStore, { name, arn }: Secret, token: string, rotated: boolean): void {
  const now = store.byName(name);
  if (now?.arn !== arn) return;
  if (rotated) {
    if (now.labels.get(CURRENT) === token) store.save({ ...now, rotatedMs: caller.world.clock.now() });
    return;
  }
  // A test run leaves no trace: its placeholder goes again.
  const versions = new Map(now.versions);
  versions.delete(token);
  store.save({ ...detachLabel(now, PENDING), versions });
}

export const cancelRotateSecret = operation(z.object({ SecretId: field.secretId }), (caller, input) => {
  checkSecretId(input.SecretId);
  const { store, secret } = access(caller, 'CancelRotateSecret', input.SecretId);
  refuseIfDeleted(secret);
  refuseIfReplica(secret, caller.region);
  if (!secret.rotation) throw invalidRequest('You tried to cancel rotation on a secret that does not have rotation enabled.');
  store.save({ ...secret, rotation: { ...secret.rotation, enabled: false }, changedMs: caller.world.clock.now() });
  const pending = secret.labels.get(PENDING);
  return { ARN: secret.arn, Name: secret.name, ...(pending !== undefined && { VersionId: pending }) };
});
