// Groups that workloads themselves ask for end with their last member.
import { expect, it } from '@jest/globals';
import { Memberships } from '../../../../src/reconcile/shared/memberships.ts';

const A = 'Secret/team/a';
const B = 'ConfigMap/team/b';
const OWNED = 'externalsecrets.keytender.dev/team/a';

it('a group ends when its last member leaves it, and not before', () => {
  const memberships = new Memberships();
  expect(memberships.left('Deployment/team/one', [A, B])).toEqual([]);
  expect(memberships.left('Deployment/team/two', [A])).toEqual([]);
  expect(memberships.left('Deployment/team/one', [B])).toEqual([]);
  expect(memberships.left('Deployment/team/two', [])).toEqual([A]);
  expect(memberships.left('Deployment/team/one', [A])).toEqual([B]);
  expect(memberships.left('Deployment/team/one', [])).toEqual([A]);
  expect(memberships.left('Deployment/team/one', [])).toEqual([]);
});

it('a group of an ExternalSecret ends with the ExternalSecret', () => {
  const memberships = new Memberships();
  expect(memberships.left('Deployment/team/one', [OWNED])).toEqual([]);
  expect(memberships.left('Deployment/team/one', [])).toEqual([]);
});
