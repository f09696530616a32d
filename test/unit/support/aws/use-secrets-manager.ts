import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll } from '@jest/globals';
import { startAwsEmulator } from '../../../support/aws/emulator.ts';
import type { AwsEmulator } from '../../../support/aws/emulator-surface.ts';
import { secretsManagerClient } from '../../../support/aws/sdk-clients.ts';

/** One emulator and one client for all tests of a file. `opened` is given them before the first test; they end after the last one. */
export function useSecretsManager(opened: (made: { readonly aws: AwsEmulator; readonly client: SecretsManagerClient }) => void): void {
  let made: { readonly aws: AwsEmulator; readonly client: SecretsManagerClient } | undefined;
  beforeAll(async () => {
    const aws = await startAwsEmulator();
    made = { aws, client: secretsManagerClient(aws.endpoint) };
    opened(made);
  });
  afterAll(async () => {
    made?.client.destroy();
    await made?.aws[Symbol.asyncDispose]();
  });
}
