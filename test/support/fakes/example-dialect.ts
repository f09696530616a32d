/**
 * A second group for tests: other names than Keytender's everywhere, another form of the records, and one reason for all failures, told apart by their
 * messages.
 */
import type { Dialect } from '../../../src/api/dialect.ts';
import { jsonRecords } from '../../../src/api/json-records.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { messageFor } from '../../../src/messages/message.ts';
import type { RecordFormat } from '../../../src/api/record-format.ts';

const GROUP = 'secrets.example.com';
const FAILED = 'SyncFailed';
const SYNCED = 'Synced';

const { externalSecret, secretStore, clusterSecretStore } = keytender.kinds;

/** Names of annotations as in JSON; the text is base64. */
function encodedRecords(prefix: string): RecordFormat {
  const json = jsonRecords(prefix);
  return {
    ...json,
    serialise: (record) => Buffer.from(json.serialise(record)).toString('base64'),
    parse: (text) => json.parse(Buffer.from(text, 'base64').toString()),
  };
}

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
    restartPrefix: `rolled.${GROUP}/`,
    restartConfigMapPrefix: `rolled-configmap.${GROUP}/`,
    workloadPrefix: `consumer.${GROUP}/`,
    schema: `${GROUP}/schema-hash`,
  },
  records: encodedRecords(`written.${GROUP}/`),
  metricSuffix: `.${GROUP}`,
  schemaHashes: undefined,
  reservedDomains: [GROUP],
  words: {
    failed: (failure, reader) => ({ reason: FAILED, message: `${failure.reason}: ${messageFor(failure, reader)}` }),
    settled: (reason, message = '') => ({ reason: reason === 'SecretSynced' ? SYNCED : reason, message }),
    means: (condition, reason) => {
      if (condition?.reason === FAILED) return condition.message.startsWith(`${reason}: `);
      return condition?.reason === (reason === 'SecretSynced' ? SYNCED : reason);
    },
    isReason: (reason) => reason === FAILED || reason === SYNCED || keytender.words.isReason(reason),
  },
};
