/** The CustomResourceDefinitions of SecretStores and ClusterSecretStores. Pure data. */
import { clusterSecretStoreSchema, secretStoreSchema } from '../../api/schema/secret-store.ts';
import { columns, type KindDefinition, type PrinterColumn } from '../../api/schema/kind-definition.ts';

const identity: PrinterColumn = {
  name: 'Identity',
  type: 'string',
  jsonPath: '.status.identity',
  description: 'The role or access key id that reads the secrets.',
};

const storeColumns = [columns.ready, columns.reason, identity, columns.age, columns.message] as const;

export const secretStoreDefinition: KindDefinition = {
  schema: secretStoreSchema,
  description: 'Names the AWS service, the region and the identity with which the ExternalSecrets of one namespace are read.',
  columns: storeColumns,
  selectableFields: [],
};

export const clusterSecretStoreDefinition: KindDefinition = {
  schema: clusterSecretStoreSchema,
  description:
    'Names the AWS service, the region and the identity with which the ExternalSecrets of several namespaces are read, and the namespaces that may use it.',
  columns: storeColumns,
  selectableFields: [],
};
