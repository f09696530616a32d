import {
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { AwsEmulator } from '../../../support/aws/emulator-surface.ts';
import { AwsError } from '../../../support/aws/aws-error.ts';
import { readString } from '../../../support/aws/sdk-clients.ts';
import { useSecretsManager } from './use-secrets-manager.ts';

const [V1, V2, V3] = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [string, string, string];
let aws: AwsEmulator;
let client: SecretsManagerClient;

useSecretsManager((made) => ({ aws, client } = made));
beforeEach(() => {
  const secrets = aws.secrets();
  secrets.delete('s', { force: true });
  secrets.create('s', 'one', { versionId: V1 });
  secrets.put('s', 'two', { versionId: V2 });
  secrets.put('s', 'three', { versionId: V3, stages: ['AWSPENDING'] });
});

const move = (VersionStage: string, input: { MoveToVersionId?: string; RemoveFromVersionId?: string }) =>
  client.send(new UpdateSecretVersionStageCommand({ SecretId: 's', VersionStage, ...input }));
const labels = () => aws.secrets().describe('s').labels;

describe('UpdateSecretVersionStage', () => {
  it('promotes as a compare-and-swap, AWSPREVIOUS follows', async () => {
    await move('AWSCURRENT', { MoveToVersionId: V3, RemoveFromVersionId: V2 });
    expect(labels()).toEqual({ AWSCURRENT: V3, AWSPREVIOUS: V2, AWSPENDING: V3 });
    expect(await readString(client, 's')).toBe('three');
  });

  it('rolls back to a version that held AWSPREVIOUS', async () => {
    await move('AWSCURRENT', { MoveToVersionId: V1, RemoveFromVersionId: V2 });
    expect(labels()).toEqual({ AWSCURRENT: V1, AWSPREVIOUS: V2, AWSPENDING: V3 });
  });

  it.each([
    ['a label held elsewhere without RemoveFromVersionId', 'AWSCURRENT', { MoveToVersionId: V3 }, 'InvalidParameterException'],
    ['a stale RemoveFromVersionId', 'AWSCURRENT', { MoveToVersionId: V3, RemoveFromVersionId: V1 }, 'InvalidParameterException'],
    ['RemoveFromVersionId of a label nobody holds', 'new', { MoveToVersionId: V3, RemoveFromVersionId: V1 }, 'InvalidParameterException'],
    ['removing AWSCURRENT', 'AWSCURRENT', { RemoveFromVersionId: V2 }, 'InvalidParameterException'],
    ['neither version', 'AWSPENDING', {}, 'InvalidParameterException'],
    ['an unknown version', 'AWSPENDING', { MoveToVersionId: '9'.repeat(32), RemoveFromVersionId: V3 }, 'ResourceNotFoundException'],
  ])('refuses %s and changes nothing', async (_, stage, input, code) => {
    const before = labels();
    await expect(move(stage, input)).rejects.toMatchObject({ name: code, $metadata: { httpStatusCode: 400 } });
    expect(labels()).toEqual(before);
  });

  it('attaches a free label, repeats harmlessly, and removes it', async () => {
    await move('green', { MoveToVersionId: V1 });
    await move('green', { MoveToVersionId: V1 });
    expect(labels()).toMatchObject({ green: V1 });
    await move('green', { RemoveFromVersionId: V1 });
    expect(labels()).not.toHaveProperty('green');
  });

  it('holds at most 20 labels on all versions together', async () => {
    // Beside those that AWS gives by itself.
    for (let i = 0; i < 17; i++) await move(`l${i}`, { MoveToVersionId: i % 2 === 0 ? V1 : V2 });
    await expect(move('one-more', { MoveToVersionId: V1 })).rejects.toMatchObject({ name: 'LimitExceededException' });
  });

  it('gives one of two concurrent promotions the label', async () => {
    const results = await Promise.allSettled([V1, V3].map((to) => move('AWSCURRENT', { MoveToVersionId: to, RemoveFromVersionId: V2 })));
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('leaves one current version after 20 concurrent writes', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => client.send(new PutSecretValueCommand({ SecretId: 's', SecretString: `c${i}` }))),
    );
    const { Versions } = await client.send(new ListSecretVersionIdsCommand({ SecretId: 's', IncludeDeprecated: true }));
    expect(Versions).toHaveLength(23);
    expect(Versions?.flatMap((version) => version.VersionStages ?? []).sort()).toEqual(['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS']);
  });
});

const list = (input: object) => client.send(new ListSecretVersionIdsCommand({ SecretId: 's', ...input }));

describe('ListSecretVersionIds', () => {
  it('lists labelled versions, deprecated ones on request, in pages', async () => {
    aws.secrets().put('s', 'four', { versionId: '4'.repeat(32) });
    expect((await list({})).Versions?.map((version) => version.VersionId)).toEqual([V2, V3, '4'.repeat(32)]);
    const first = await list({ IncludeDeprecated: true, MaxResults: 3 });
    const second = await list({ IncludeDeprecated: true, MaxResults: 3, NextToken: first.NextToken });
    expect([...first.Versions!, ...second.Versions!].map((version) => version.VersionId)).toEqual([V1, V2, V3, '4'.repeat(32)]);
    expect(second.NextToken).toBeUndefined();
    await expect(list({ NextToken: 'made-up' })).rejects.toMatchObject({ name: 'InvalidNextTokenException' });
  });
});

describe('labels after any sequence of writes and moves', () => {
  const version = fc.integer({ min: 0, max: 7 }).map((index) => index.toString().repeat(32));
  const stage = fc.constantFrom('AWSCURRENT', 'AWSPREVIOUS', 'AWSPENDING', 'blue');
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('put' as const),
      versionId: version,
      stages: fc.option(fc.uniqueArray(stage, { minLength: 1 }), { nil: undefined }),
    }),
    fc.record({
      kind: fc.constant('move' as const),
      stage,
      to: fc.option(version, { nil: undefined }),
      from: fc.option(fc.oneof(version, fc.constant('holder' as const)), { nil: undefined }),
    }),
  );

  it('is one version with AWSCURRENT, every label on a version that exists, refusals without effect', () => {
    let serial = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const secrets = aws.secrets('222233334444');
        const name = `p${serial++}`;
        secrets.create(name, 'v', { versionId: V1 });
        for (const one of steps) {
          const before = secrets.describe(name);
          try {
            if (one.kind === 'put')
              secrets.put(name, `v-${one.versionId}`, { versionId: one.versionId, ...(one.stages && { stages: one.stages }) });
            else {
              const from = one.from === 'holder' ? before.labels[one.stage] : one.from;
              secrets.moveStage(name, one.stage, { ...(one.to !== undefined && { to: one.to }), ...(from !== undefined && { from }) });
            }
          } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            expect(secrets.describe(name)).toEqual(before);
          }
          const now = secrets.describe(name);
          expect(now.versionIds).toContain(now.labels['AWSCURRENT']);
          const unmoved = (label: string) =>
            label !== 'AWSPREVIOUS' && !(one.kind === 'put' ? (one.stages ?? ['AWSCURRENT']) : [one.stage]).includes(label as never);
          for (const [label, holder] of Object.entries(before.labels)) if (unmoved(label)) expect(now.labels[label]).toBe(holder);
          if (one.kind === 'put' && !one.stages && !before.versionIds.includes(one.versionId)) {
            expect(now.labels).toMatchObject({ AWSCURRENT: one.versionId, AWSPREVIOUS: before.labels['AWSCURRENT'] });
          }
          for (const holder of Object.values(now.labels)) expect(now.versionIds).toContain(holder);
        }
      }),
      { numRuns: 200 },
    );
  });
});
