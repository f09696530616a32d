/** The limits of the batch call of each service: BatchGetSecretValue and GetParameters. */
import type { SecretService } from './credentials/identity.ts';
import type { VersionSelector } from './port.ts';

interface BatchCall {
  /** Maximum number of references in one call. */
  readonly size: number;
  /** Whether the call can read versions other than the current one. */
  readonly anyVersion: boolean;
}

const calls: Readonly<Record<SecretService, BatchCall>> = {
  SecretsManager: { size: 20, anyVersion: false },
  ParameterStore: { size: 10, anyVersion: true },
};

export function batchSize(service: SecretService): number {
  return calls[service].size;
}

/** Whether a batch call of the service can read this version. No batch call returns tags. */
export function inBatch(service: SecretService, version: VersionSelector): boolean {
  if (version.kind === 'tags') return false;
  return calls[service].anyVersion || (version.kind === 'stage' && version.stage === 'AWSCURRENT');
}
