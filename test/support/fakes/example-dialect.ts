/** A second group for tests: all names differ from Keytender's, and all failures have one reason with different messages. */
import type { Dialect } from '../../../src/api/dialect.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';

const GROUP = 'secrets.example.com';
const FAILED = 'SyncFailed';
const SYNCED = 'Synced';

const { externalSecret, secretStore, clusterSecretStore } = keytender.kinds;

export const exampleDialect: Dialect = {
  group: GROUP,
  category: 'example',
  kinds: {
    externalSecret: { ...externalSecret, group: GROUP, version: 'v1beta1', shortNames: ['ees'] },
    secretStore: { ...secretStore, group: GROUP, version: 'v1beta1', shortNames: ['ess'] },
    clusterSecretStore: { ...clusterSecretStore, group: GROUP, version: 'v1beta1', shortNames: ['ecss'] },
  },
  labels: { managed: `${GROUP}/written` },
  annotations: {
    forceSync: `${GROUP}/refresh-now`,
    recordPrefix: `written.${GROUP}/`,
    restartPrefix: `rolled.${GROUP}/`,
    schema: `${GROUP}/schema-hash`,
  },
  reservedDomains: [GROUP],
  words: {
    failed: ({ reason, message }) => ({ reason: FAILED, message: `${reason}: ${message}` }),
    settled: (reason, message = '') => ({ reason: reason === 'SecretSynced' ? SYNCED : reason, message }),
    means: (condition, reason) => {
      if (condition?.reason === FAILED) return condition.message.startsWith(`${reason}: `);
      return condition?.reason === (reason === 'SecretSynced' ? SYNCED : reason);
    },
    isReason: (reason) => reason === FAILED || reason === SYNCED || keytender.words.isReason(reason),
  },
};
