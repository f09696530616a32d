/** The dialect of the group keytender.dev. Only the wiring of the operator and the code generator import it; all other code gets a dialect as a parameter. */
import { catalogueWords } from './condition-words.ts';
import type { Dialect } from './dialect.ts';
import { jsonRecords } from './json-records.ts';
import { schemaHashes } from './schema/schema-hash.ts';

const GROUP = 'keytender.dev';
const FORCE_SYNC = `${GROUP}/force-sync` as const;
const WORKLOAD_PREFIX = `workload.${GROUP}/` as const;

export const keytender = {
  group: GROUP,
  category: 'keytender',
  kinds: {
    externalSecret: {
      group: GROUP,
      version: 'v1',
      kind: 'ExternalSecret',
      plural: 'externalsecrets',
      singular: 'externalsecret',
      shortNames: ['kes'],
      namespaced: true,
    },
    secretStore: {
      group: GROUP,
      version: 'v1',
      kind: 'SecretStore',
      plural: 'secretstores',
      singular: 'secretstore',
      shortNames: ['kss'],
      namespaced: true,
    },
    clusterSecretStore: {
      group: GROUP,
      version: 'v1',
      kind: 'ClusterSecretStore',
      plural: 'clustersecretstores',
      singular: 'clustersecretstore',
      shortNames: ['kcss'],
      namespaced: false,
    },
  },
  labels: { managed: `${GROUP}/managed` },
  annotations: {
    forceSync: FORCE_SYNC,
    restartPrefix: `restart.${GROUP}/`,
    restartConfigMapPrefix: `restart-configmap.${GROUP}/`,
    workloadPrefix: WORKLOAD_PREFIX,
    schema: `${GROUP}/schema`,
  },
  records: jsonRecords(`record.${GROUP}/`),
  words: catalogueWords({ forceSync: FORCE_SYNC, workloadPrefix: WORKLOAD_PREFIX }),
  metricSuffix: '',
  schemaHashes,
  reservedDomains: [GROUP],
} as const satisfies Dialect;
