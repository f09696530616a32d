// Matches entries with ids if names and ARNs are similar.
import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../../../src/failure/failure.ts';
import { type BatchPage, matchBatchEntries } from '../../../../src/aws/secrets-manager/batch-response.ts';
import type { SecretVersion } from '../../../../src/aws/port.ts';
import { textOf } from '../sdk-world.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:';

function entry(name: string, suffix: string): object {
  return { ARN: `${ARN}${name}-${suffix}`, Name: name, VersionId: 'v1', SecretString: `value of ${name}`, VersionStages: ['AWSCURRENT'] };
}

function failureOf(outcome: Outcome<SecretVersion> | undefined): string | undefined {
  return outcome?.ok === false ? outcome.failure.reason : undefined;
}

function answer(
  ids: readonly string[],
  entries: readonly object[],
  errors: BatchPage['Errors'] = [],
): Readonly<Record<string, string | undefined>> {
  const asked = { resource: { type: 'secret', name: 'x' }, identity: { label: 'x', from: 'operator', roles: 0 } } as const;
  const subject = { service: 'secretsmanager', operation: 'GetSecretValue', ...asked, owner: '', region: 'x' } as const;
  const results = matchBatchEntries(ids, [{ SecretValues: entries, Errors: errors }], () => subject);
  return Object.fromEntries(ids.map((id) => [id, textOf(results.get(id)) ?? failureOf(results.get(id))]));
}

describe('a partial ARN and a name that ends in -abcdef', () => {
  // The ARN of db, whose six random characters happen to be abcdef, is the partial ARN of db-abcdef.
  const both = [entry('db', 'abcdef'), entry('db-abcdef', 'XyZ123'), entry('db', 'abcdef'), entry('db-abcdef', 'XyZ123')];

  it.each([both, both.toReversed()].map((entries) => [entries]))(
    'are not taken for one another, in whatever order they come',
    (entries) => {
      expect(answer([`${ARN}db-abcdef`, 'db-abcdef', 'db', `${ARN}db-abcdef-XyZ123`], entries)).toEqual({
        [`${ARN}db-abcdef`]: 'value of db',
        'db-abcdef': 'value of db-abcdef',
        db: 'value of db',
        [`${ARN}db-abcdef-XyZ123`]: 'value of db-abcdef',
      });
    },
  );

  it('leave to AWS what looks like a whole ARN and has no answer of its own', () => {
    const named = 'db-abcdef';
    const errors = [{ SecretId: `${ARN}${named}`, ErrorCode: 'ResourceNotFoundException' }];
    const beside = [entry(named, 'XyZ123')];
    expect(answer([`${ARN}${named}`, named], beside)).toEqual({ [`${ARN}${named}`]: undefined, [named]: 'value of db-abcdef' });
    expect(answer([`${ARN}${named}`, named], beside, errors)).toEqual({
      [`${ARN}${named}`]: 'RemoteSecretNotFound',
      [named]: 'value of db-abcdef',
    });
    expect(answer([`${ARN}db`], [entry('db', 'abcdef')])).toEqual({ [`${ARN}db`]: 'value of db' });
  });
});

describe('a name beside an ARN of another account with the same name', () => {
  const foreignArn = ARN.replace('111122223333', '444455556666');
  const foreign = { ...entry('db', 'XyZ123'), ARN: `${foreignArn}db-XyZ123`, SecretString: 'of the neighbour' };
  const ids = ['db', `${foreignArn}db-XyZ123`];

  it('gets its own value, its own refusal, or nothing', () => {
    const own = entry('db', 'abcdef');
    for (const entries of [
      [own, foreign],
      [foreign, own],
    ]) {
      expect(answer(ids, entries)).toEqual({ db: 'value of db', [ids[1]!]: 'of the neighbour' });
    }
    const refused = [{ SecretId: 'db', ErrorCode: 'AccessDeniedException' }];
    expect(answer(ids, [foreign], refused)).toEqual({ db: 'AccessDenied', [ids[1]!]: 'of the neighbour' });
    expect(answer(ids, [foreign])).toEqual({ db: undefined, [ids[1]!]: 'of the neighbour' });
    expect(answer([`${foreignArn}db`, 'db', ids[1]!], [foreign, own, foreign])).toEqual({
      [`${foreignArn}db`]: 'of the neighbour',
      db: 'value of db',
      [ids[1]!]: 'of the neighbour',
    });
  });
});
