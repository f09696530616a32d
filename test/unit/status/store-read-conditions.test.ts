import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { SecretService } from '../../../src/aws/credentials/identity.ts';
import { withReadConditions } from '../../../src/status/store-read-conditions.ts';

function batchReads(service: SecretService | undefined): string | undefined {
  const reading = { availability: 'available', batch: 'denied', ...(service !== undefined && { service }) } as const;
  const conditions = withReadConditions(keytender.words, [], reading, 1, '2025-01-01T00:00:00Z');
  return conditions.find(({ type }) => type === 'BatchReads')?.message;
}

describe('withReading', () => {
  it.each([
    ['SecretsManager', 'secretsmanager:BatchGetSecretValue', 'ssm:'],
    ['ParameterStore', 'ssm:GetParameters', 'secretsmanager:'],
  ] as const)('names the permission for batch reads of the service of the store alone: %s', (service, permission, other) => {
    expect(batchReads(service)).toContain(permission);
    expect(batchReads(service)).not.toContain(other);
  });

  it('names the permission of both services if the service is not known', () => {
    expect(batchReads(undefined)).toMatch(/secretsmanager:BatchGetSecretValue.*ssm:GetParameters/);
  });
});
