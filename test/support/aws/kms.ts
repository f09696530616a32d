// States of KMS keys, to the extent that Secrets Manager shows them to its callers.
import { accessDenied, AwsError } from './aws-error.ts';

export type KmsKeyState = 'enabled' | 'disabled' | 'denied';
export const DEFAULT_KEY = 'alias/aws/secretsmanager';

export interface KmsKeys {
  /** State of a key by the id, alias or ARN that secrets name it by (`alias/aws/secretsmanager` for secrets that name none). */
  setState(keyId: string, state: KmsKeyState): void;
  /** @throws AwsError as Secrets Manager answers when the key cannot be used. */
  use(keyId: string | undefined, purpose: 'decrypt' | 'encrypt'): void;
}

export function createKmsKeys(): KmsKeys {
  const states = new Map<string, KmsKeyState>();
  return {
    setState: (keyId, state) => void states.set(keyId, state),
    use(keyId, purpose) {
      const state = states.get(keyId ?? DEFAULT_KEY);
      if (state === 'denied') throw accessDenied('Access to KMS is not allowed');
      if (state !== 'disabled') return;
      if (purpose === 'decrypt') {
        throw new AwsError('DecryptionFailure', "Secrets Manager can't decrypt the protected secret text using the provided KMS key.");
      }
      throw new AwsError('EncryptionFailure', "Secrets Manager can't encrypt the protected secret text using the provided KMS key.");
    },
  };
}
