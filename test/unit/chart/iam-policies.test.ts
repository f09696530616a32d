// The IAM policies under deploy/, evaluated by the AWS emulator.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { decide, parsePolicy } from '../../support/aws/iam/policy.ts';
import type { Decision } from '../../support/aws/iam/policy.ts';

const FOLDER = fileURLToPath(new URL('../../../deploy/aws/iam-policies', import.meta.url));
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:';
const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000';
const PARAMETER = 'arn:aws:ssm:eu-central-1:111122223333:parameter';
const QUEUE = 'arn:aws:sqs:eu-central-1:111122223333:keytender-events';
const viaSsm = { 'kms:viaservice': 'ssm.eu-central-1.amazonaws.com' };
const contextOf = (name: string): Readonly<Record<string, string>> => ({ 'kms:encryptioncontext:parameter_arn': `${PARAMETER}${name}` });
const via = { 'kms:viaservice': 'secretsmanager.eu-central-1.amazonaws.com' };

function ask(file: string, action: string, resource: string, context: Readonly<Record<string, string>> = {}): Decision {
  const policy = parsePolicy(readFileSync(join(FOLDER, `${file}.json`), 'utf8'));
  return decide([policy], { action, resource, context: new Map(Object.entries(context)) });
}

describe('IAM policies', () => {
  it.each<[string, string, string, Readonly<Record<string, string>>, Decision]>([
    ['read-prefix', 'secretsmanager:GetSecretValue', `${SECRET}production/database-AbCdEf`, {}, 'allow'],
    ['read-prefix', 'secretsmanager:GetSecretValue', `${SECRET}staging/database-AbCdEf`, {}, 'none'],
    ['read-prefix', 'secretsmanager:DescribeSecret', `${SECRET}production/database-AbCdEf`, {}, 'allow'],
    ['read-prefix', 'secretsmanager:DescribeSecret', `${SECRET}staging/database-AbCdEf`, {}, 'none'],
    ['read-prefix', 'secretsmanager:BatchGetSecretValue', '*', {}, 'allow'],
    ['read-prefix', 'secretsmanager:PutSecretValue', `${SECRET}production/database-AbCdEf`, {}, 'none'],
    ['read-prefix', 'secretsmanager:ListSecrets', '*', {}, 'none'],
    ['list-secrets', 'secretsmanager:ListSecrets', '*', {}, 'allow'],
    ['list-secrets', 'secretsmanager:GetSecretValue', `${SECRET}production/database-AbCdEf`, {}, 'none'],
    ['decrypt-customer-key', 'kms:Decrypt', KEY, { ...via, 'kms:encryptioncontext:secretarn': `${SECRET}production/a-AbCdEf` }, 'allow'],
    ['decrypt-customer-key', 'kms:Decrypt', KEY, { ...via, 'kms:encryptioncontext:secretarn': `${SECRET}staging/a-AbCdEf` }, 'none'],
    ['decrypt-customer-key', 'kms:Decrypt', KEY, { 'kms:encryptioncontext:secretarn': `${SECRET}production/a-AbCdEf` }, 'none'],
    ['read-parameters', 'ssm:GetParameter', `${PARAMETER}/production/database`, {}, 'allow'],
    ['read-parameters', 'ssm:GetParameters', `${PARAMETER}/production/database`, {}, 'allow'],
    ['read-parameters', 'ssm:GetParameters', `${PARAMETER}/staging/database`, {}, 'none'],
    ['read-parameters', 'ssm:ListTagsForResource', `${PARAMETER}/production/database`, {}, 'allow'],
    ['read-parameters', 'ssm:ListTagsForResource', `${PARAMETER}/staging/database`, {}, 'none'],
    ['read-parameters', 'ssm:GetParametersByPath', `${PARAMETER}/production`, {}, 'none'],
    ['read-parameters', 'ssm:PutParameter', `${PARAMETER}/production/database`, {}, 'none'],
    ['decrypt-parameters-key', 'kms:Decrypt', KEY, { ...viaSsm, ...contextOf('/production/a') }, 'allow'],
    ['decrypt-parameters-key', 'kms:Decrypt', KEY, { ...viaSsm, ...contextOf('/staging/a') }, 'none'],
    ['decrypt-parameters-key', 'kms:Decrypt', KEY, { ...via, ...contextOf('/production/a') }, 'none'],
    ['read-by-tag', 'secretsmanager:GetSecretValue', `${SECRET}x-AbCdEf`, tags('orders', 'orders'), 'allow'],
    ['read-by-tag', 'secretsmanager:DescribeSecret', `${SECRET}x-AbCdEf`, tags('orders', 'orders'), 'allow'],
    ['read-by-tag', 'secretsmanager:GetSecretValue', `${SECRET}x-AbCdEf`, tags('billing', 'orders'), 'none'],
    ['read-by-tag', 'secretsmanager:GetSecretValue', `${SECRET}x-AbCdEf`, tags('orders', undefined), 'none'],
    ['receive-events', 'sqs:ReceiveMessage', QUEUE, {}, 'allow'],
    ['receive-events', 'sqs:DeleteMessage', QUEUE, {}, 'allow'],
    ['receive-events', 'sqs:ChangeMessageVisibility', QUEUE, {}, 'allow'],
    ['receive-events', 'sqs:SendMessage', QUEUE, {}, 'none'],
    ['receive-events', 'sqs:ReceiveMessage', `${QUEUE}-dead-letters`, {}, 'none'],
    ['assume-store-roles', 'sts:AssumeRole', 'arn:aws:iam::444455556666:role/keytender-shared', {}, 'allow'],
    ['assume-store-roles', 'sts:AssumeRole', 'arn:aws:iam::444455556666:role/admin', {}, 'none'],
  ])('%s: %s on %s', (file, action, resource, context, decision) => {
    expect(ask(file, action, resource, context)).toBe(decision);
  });

  it.each(files)('%s names its actions and changes nothing', (file) => {
    const { Version, Statement } = parsePolicy(readFileSync(join(FOLDER, file), 'utf8'));
    expect(Version).toBe('2012-10-17');
    for (const statement of Statement) {
      for (const action of statement.Action ?? [])
        expect(action).toMatch(
          /^(secretsmanager:(Batch)?Get|secretsmanager:Describe|secretsmanager:ListSecrets$|ssm:GetParameters?$|ssm:ListTagsForResource$|kms:Decrypt$|sqs:(ReceiveMessage|DeleteMessage|ChangeMessageVisibility)$|sts:)/,
        );
      expect(JSON.stringify(statement.Action)).not.toContain('*');
      expect(statement.Effect).toBe('Allow');
      // Nothing but calls that know no resource is for every resource.
      const all = statement.Resource?.includes('*') === true ? (statement.Action ?? []) : [];
      for (const action of all) expect(['secretsmanager:BatchGetSecretValue', 'secretsmanager:ListSecrets']).toContain(action);
      if (file.startsWith('trust-')) expect(Object.keys(statement.Condition ?? {})).not.toEqual([]);
    }
  });

  it('are all in the table of the README', () => {
    const readme = readFileSync(join(FOLDER, 'README.md'), 'utf8');
    expect(files.filter((file) => !readme.includes(`\`${file}\``))).toEqual([]);
  });
});

function tags(ofSecret: string, ofSession: string | undefined): Readonly<Record<string, string>> {
  const secret = { 'secretsmanager:resourcetag/kubernetes-namespace': ofSecret };
  return ofSession === undefined ? secret : { ...secret, 'aws:principaltag/kubernetes-namespace': ofSession };
}
