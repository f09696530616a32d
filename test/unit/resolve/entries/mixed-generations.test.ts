import { describe, expect, it } from '@jest/globals';
import type { SecretVersion } from '../../../../src/aws/port.ts';
import { SecretValue } from '../../../../src/base/secret-value.ts';
import { mixedGenerations } from '../../../../src/resolve/entries/mixed-generations.ts';

const version = (arn: string, versionId: string, ...stages: readonly string[]): SecretVersion => ({
  arn,
  name: arn,
  versionId,
  stages,
  value: SecretValue.ofText(''),
});

describe('mixedGenerations', () => {
  it.each<[string, readonly SecretVersion[], boolean]>([
    ['nothing', [], false],
    ['one version, read twice', [version('a', '1', 'AWSCURRENT'), version('a', '1', 'AWSCURRENT')], false],
    ['current and previous', [version('a', '2', 'AWSCURRENT'), version('a', '1', 'AWSPREVIOUS')], false],
    ['two secrets', [version('a', '1', 'AWSCURRENT'), version('b', '2', 'AWSCURRENT')], false],
    ['a version without stages', [version('a', '1'), version('a', '2', 'AWSCURRENT')], false],
    ['one stage on two versions', [version('a', '1', 'AWSCURRENT'), version('a', '2', 'AWSCURRENT')], true],
    [
      'a stage that moved between two reads, with another one beside it',
      [version('a', '2', 'AWSCURRENT'), version('a', '1', 'AWSCURRENT', 'mine')],
      true,
    ],
    [
      'a version that is current in one read and previous in the other',
      [version('a', '2', 'AWSCURRENT'), version('a', '2', 'AWSPREVIOUS', 'mine')],
      true,
    ],
    ['a version that is both at once', [version('a', '2', 'AWSCURRENT', 'AWSPREVIOUS'), version('a', '1', 'mine')], false],
    ['a version by two labels', [version('a', '2', 'blue'), version('a', '2', 'green')], false],
    ['a stage that moved among others', [version('a', '2', 'x', 'AWSCURRENT'), version('b', '1', 'x'), version('a', '1', 'x')], true],
  ])('of %s: %#', (_name, versions, mixed) => {
    expect([...mixedGenerations(versions)]).toEqual(mixed ? ['a'] : []);
    expect([...mixedGenerations([...versions].reverse())]).toEqual(mixed ? ['a'] : []);
  });
});
