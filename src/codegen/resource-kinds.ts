/** What of a kind is not in its schema: the sentence that describes it, the columns of `kubectl get`, the fields one can select by. */
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
  /** Above 0: shown with `-o wide` only. */
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
  description: 'The role or access key id that secrets are read as.',
};

const storeColumns = [ready, reason, identity, age, message] as const;

export const resourceKinds: readonly ResourceKind[] = [
  {
    names: keytender.kinds.externalSecret,
    schema: externalSecretSchema,
    description: 'Names secrets in AWS, the Secret they are written to, and the workloads that restart when the content changes.',
    columns: [
      { name: 'Store', type: 'string', jsonPath: '.spec.secretStoreRef.name', description: 'Name of the store.' },
      { name: 'Refresh', type: 'string', jsonPath: '.spec.refreshInterval', description: 'Greatest age of what is known of AWS.' },
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
    description: 'Where the ExternalSecrets of one namespace are read from, and as whom.',
    columns: storeColumns,
    selectableFields: [],
  },
  {
    names: keytender.kinds.clusterSecretStore,
    schema: clusterSecretStoreSchema,
    description: 'Where the ExternalSecrets of many namespaces are read from, as whom, and which namespaces may.',
    columns: storeColumns,
    selectableFields: [],
  },
];
