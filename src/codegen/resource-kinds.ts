/** The parts of a CRD that are not in its schema: description, columns of `kubectl get`, selectable fields. */
import type { z } from 'zod';
import { externalSecretSchema } from '../api/external-secret.ts';
import { keytender } from '../api/keytender-dialect.ts';
import type { CustomResourceType } from '../api/resource-type.ts';
import { clusterSecretStoreSchema, secretStoreSchema } from '../api/secret-store.ts';

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** Above 0: `kubectl get` shows the column only with `-o wide`. */
  readonly priority?: number;
}

export interface ResourceKind {
  readonly names: CustomResourceType;
  readonly schema: z.ZodType;
  readonly description: string;
  readonly columns: readonly PrinterColumn[];
  /** JSON paths for `--field-selector` (Kubernetes 1.30 and later). */
  readonly selectableFields: readonly string[];
}

const READY = '.status.conditions[?(@.type=="Ready")]';

const ready: PrinterColumn = { name: 'Ready', type: 'string', jsonPath: `${READY}.status`, description: 'Status of the condition Ready.' };
const reason: PrinterColumn = {
  name: 'Reason',
  type: 'string',
  jsonPath: `${READY}.reason`,
  description: 'Reason of the condition Ready.',
};
const message: PrinterColumn = {
  name: 'Message',
  type: 'string',
  jsonPath: `${READY}.message`,
  description: 'Message of the condition Ready.',
  priority: 1,
};
const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' };
const identity: PrinterColumn = {
  name: 'Identity',
  type: 'string',
  jsonPath: '.status.identity',
  description: 'The role or access key id that reads the secrets.',
};

const storeColumns = [ready, reason, identity, age, message] as const;

export const resourceKinds: readonly ResourceKind[] = [
  {
    names: keytender.kinds.externalSecret,
    schema: externalSecretSchema,
    description: 'Names secrets in AWS, the Secret that they are written to, and the workloads that restart when the content changes.',
    columns: [
      { name: 'Store', type: 'string', jsonPath: '.spec.secretStoreRef.name', description: 'Name of the store.' },
      { name: 'Refresh', type: 'string', jsonPath: '.spec.refreshInterval', description: 'Time between two refreshes from AWS.' },
      ready,
      reason,
      {
        name: 'Last change',
        type: 'date',
        jsonPath: '.status.lastChangeTime',
        description: 'When the content of the Secret last changed.',
      },
      age,
      message,
    ],
    selectableFields: ['.spec.secretStoreRef.name', '.spec.secretStoreRef.kind', '.spec.target.name'],
  },
  {
    names: keytender.kinds.secretStore,
    schema: secretStoreSchema,
    description: 'Names the AWS service, the region and the identity with which the ExternalSecrets of one namespace are read.',
    columns: storeColumns,
    selectableFields: [],
  },
  {
    names: keytender.kinds.clusterSecretStore,
    schema: clusterSecretStoreSchema,
    description:
      'Names the AWS service, the region and the identity with which the ExternalSecrets of several namespaces are read, and the namespaces that may use it.',
    columns: storeColumns,
    selectableFields: [],
  },
];
