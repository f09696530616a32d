/** The permissions in the cluster to obtain the credentials of stores. Pure data. */
import type { Right } from '../../api/object/rights.ts';

export const secretStoreRights: readonly Right[] = [
  {
    scope: 'namespaced',
    apiGroup: '',
    resources: ['serviceaccounts'],
    verbs: ['get', 'list', 'watch'],
    when: '.Values.rbac.serviceAccountTokens',
    why: 'Stores with auth.jwt: an annotation of the ServiceAccount names the role, and STS exchanges the token for credentials.',
  },
  {
    scope: 'namespaced',
    apiGroup: '',
    resources: ['serviceaccounts/token'],
    verbs: ['create'],
    when: 'and .Values.rbac.serviceAccountTokens (not .Values.serviceAccountTokens.accounts)',
    why: 'The token that is exchanged. The chart can limit it to some ServiceAccounts.',
  },
];
