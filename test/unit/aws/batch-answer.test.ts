// Whose answer is whose, where names and ARNs look alike.
import { describe, expect, it } from '@jest/globals';
import { sortBatchAnswer } from '../../../src/aws/batch-answer.ts';
import { textOf } from './sdk-world.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:';

function entry(name: string, suffix: string): object {
  return { ARN: `${ARN}${name}-${suffix}`, Name: name, VersionId: 'v1', SecretString: `value of ${name}`, VersionStages: ['AWSCURRENT'] };
}

function answer(ids: readonly string[], entries: readonly object[]): Readonly<Record<string, string | undefined>> {
  const subject = { service: 'secretsmanager', operation: 'GetSecretValue', what: 'x', as: 'x', region: 'x' } as const;
  const results = sortBatchAnswer(ids, [{ SecretValues: entries }], () => subject);
  return Object.fromEntries(ids.map((id) => [id, textOf(results.get(id))]));
}

describe('a partial ARN and a name that ends in -abcdef', () => {
  // The ARN of db, whose six random characters happen to be abcdef, is the partial ARN of db-abcdef.
  const both = [entry('db', 'abcdef'), entry('db-abcdef', 'XyZ123')];

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

  it('find the one that there is', () => {
    expect(answer([`${ARN}db-abcdef`], [entry('db-abcdef', 'XyZ123')])).toEqual({ [`${ARN}db-abcdef`]: 'value of db-abcdef' });
    expect(answer([`${ARN}db`], [entry('db', 'abcdef')])).toEqual({ [`${ARN}db`]: 'value of db' });
  });
});
