// Version ids of parameters: their parts, and their form for people.
import { describe, expect, it } from '@jest/globals';
import { parameterVersionOf, shownVersionId, versionIdShownAs } from '../../../../src/aws/parameter-store/parameter-version.ts';
import type { CallSubject } from '../../../../src/aws/failure/call-subject.ts';
import { saidOf } from '../../../support/said.ts';

const subject: CallSubject = {
  service: 'ssm',
  operation: 'GetParameter',
  resource: { type: 'parameter', name: '/a' },
  identity: { label: 'somebody', from: 'operator', roles: 0 },
  owner: '',
  region: 'eu-central-1',
};
const LATEST = { kind: 'stage', stage: 'AWSCURRENT' } as const;
const entry = { ARN: 'arn', Name: '/a', Version: 1, Value: 'x', LastModifiedDate: new Date(1_700_000_000_123) };

describe('the version of a parameter', () => {
  it('differs by number and by date, because a parameter that is created again begins at 1 once more', () => {
    const ids = [entry, { ...entry, Version: 2 }, { ...entry, LastModifiedDate: new Date(1_700_000_000_124) }].map((one) => {
      const version = parameterVersionOf(one, LATEST, subject);
      return version.ok ? version.value.versionId : '';
    });
    expect(ids).toEqual(['1@2023-11-14T22:13:20.123Z', '2@2023-11-14T22:13:20.123Z', '1@2023-11-14T22:13:20.124Z']);
    expect(ids.map(shownVersionId)).toEqual(['1', '2', '1']);
    expect(versionIdShownAs('1', 'AWSCURRENT', '2023-11-14T22:13:20.123Z')).toBe(ids[0]);
  });

  it('is the number that somebody pins', () => {
    expect(parameterVersionOf(entry, { kind: 'id', id: '1' }, subject)).toMatchObject({ ok: true, value: { versionId: '1', stages: [] } });
    expect(versionIdShownAs('1', undefined, '2023-11-14T22:13:20.123Z')).toBe('1');
  });

  it.each(Object.keys(entry))('is not made up when the answer has no %s', (member) => {
    expect(saidOf(parameterVersionOf({ ...entry, [member]: undefined }, LATEST, subject))).toEqual({
      reason: 'AWSUnavailable',
      message: 'the answer of Parameter Store in eu-central-1 for parameter "/a" is incomplete',
    });
  });

  it.each(['9b3f6c1e-2f57-4b43-9a0b-d51a0f7b9e11', 'v1', '1'.repeat(32), `${'1'.repeat(32)}@x`])(
    '%s of a secret is shown as it is',
    (id) => {
      expect(shownVersionId(id)).toBe(id);
      expect(versionIdShownAs(id, 'AWSCURRENT', '2023-11-14T22:13:20.123Z')).toBe(id);
    },
  );
});
