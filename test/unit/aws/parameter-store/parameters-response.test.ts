// GetParameters responses: for every form of ids and selectors, and every order of entries.
import { describe, expect, it } from '@jest/globals';
import type { CallSubject } from '../../../../src/aws/failure/call-subject.ts';
import { matchParameters } from '../../../../src/aws/parameter-store/parameters-response.ts';
import { baseOf, canonicalId } from '../../../../src/aws/parameter-store/parameter-id.ts';
import type { VersionReference } from '../../../../src/aws/port.ts';
import { CURRENT, reasonOf, REGION, textOf } from '../sdk-world.ts';

const SHARED = `arn:aws:ssm:${REGION}:444455556666:parameter/shared`;

const latest = (secretId: string): VersionReference => ({ secretId, version: CURRENT });
const version = (secretId: string, id: string): VersionReference => ({ secretId, version: { kind: 'id', id } });
const label = (secretId: string, stage: string): VersionReference => ({ secretId, version: { kind: 'stage', stage } });
const subjectOf = ({ secretId }: VersionReference): CallSubject => ({
  service: 'ssm',
  operation: 'GetParameter',
  resource: { type: 'parameter', name: secretId },
  owner: '',
  identity: { label: 'somebody', from: 'operator', roles: 0 },
  region: REGION,
});

function entry(name: string, value: string, more: object = {}): object {
  const ARN = `arn:aws:ssm:${REGION}:111122223333:parameter/${name.replace(/^\//, '')}`;
  return { Name: name, ARN, Value: value, Version: 1, LastModifiedDate: new Date(0), ...more };
}

describe('sortParameters', () => {
  it('finds names, ARNs, versions and labels', () => {
    const references = [
      latest('/a/b'),
      latest(`arn:aws:ssm:${REGION}:111122223333:parameter/c/d`),
      version('/e', '3'),
      label('f', 'live'),
      label('g', 'live'),
      latest(SHARED),
      version(`${SHARED}2`, '7'),
      latest('/one-level'),
      latest('other-level'),
    ];
    const answer = {
      Parameters: [
        entry('/other-level', 'other-level'),
        entry('one-level', 'one-level'),
        entry(`${SHARED}2`, 'shared:7', { Selector: ':7', ARN: `${SHARED}2` }),
        entry(SHARED, 'shared', { ARN: SHARED }),
        entry('g', 'g:live', { Selector: 'live' }),
        entry('f', 'f:live', { Selector: 'f:live' }),
        entry('/e', 'e:3', { Selector: ':3' }),
        entry('/c/d', 'c/d'),
        entry('/a/b', 'a/b'),
      ],
    };
    expect(matchParameters(references, answer, subjectOf).map(textOf)).toEqual([
      'a/b',
      'c/d',
      'e:3',
      'f:live',
      'g:live',
      'shared',
      'shared:7',
      'one-level',
      'other-level',
    ]);
  });

  it('tells what does not exist from what was not answered, and takes no other version for the one that was asked for', () => {
    const references = [latest('/none'), latest('/silent'), version('/a', '2'), label('/b', 'live'), latest('/c')];
    const answer = {
      InvalidParameters: ['none', '/b:live'],
      Parameters: [entry('/a', 'a:1', { Selector: ':1' }), entry('/c', 'c:1', { Selector: ':1' })],
    };
    expect(matchParameters(references, answer, subjectOf).map(reasonOf)).toEqual([
      'RemoteSecretNotFound',
      undefined,
      undefined,
      'RemoteSecretNotFound',
      undefined,
    ]);
    expect(matchParameters(references, {}, subjectOf)).toEqual(references.map(() => undefined));
  });
});

describe('ids of parameters', () => {
  it.each([
    ['/a/b:3', '/a/b:3', '/a/b'],
    ['/a', 'a', 'a'],
    ['a:live', 'a:live', 'a'],
    ['/a:live', 'a:live', 'a'],
    [SHARED, SHARED, SHARED],
    [`${SHARED}:3`, `${SHARED}:3`, SHARED],
    ['', '', ''],
  ])('%s is %s, of %s', (id, canonical, base) => {
    expect([canonicalId(id), baseOf(id)]).toEqual([canonical, base]);
  });
});
