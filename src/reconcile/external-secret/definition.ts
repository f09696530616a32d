/** The CustomResourceDefinition of ExternalSecrets. Pure data. */
import { externalSecretSchema } from '../../api/schema/external-secret.ts';
import { columns, type KindDefinition } from '../../api/schema/kind-definition.ts';

export const externalSecretDefinition: KindDefinition = {
  schema: externalSecretSchema,
  description: 'Names secrets in AWS, the Secret that they are written to, and the workloads that restart when the content changes.',
  columns: [
    { name: 'Store', type: 'string', jsonPath: '.spec.secretStoreRef.name', description: 'Name of the store.' },
    { name: 'Refresh', type: 'string', jsonPath: '.spec.refreshInterval', description: 'Time between two refreshes from AWS.' },
    columns.ready,
    columns.reason,
    {
      name: 'Rollout',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="RolloutsHealthy")].reason',
      description: 'Where the restarts for the content of the Secret stand.',
    },
    {
      name: 'Last change',
      type: 'date',
      jsonPath: '.status.lastChangeTime',
      description: 'When the content of the Secret last changed.',
    },
    columns.age,
    columns.message,
  ],
  selectableFields: ['.spec.secretStoreRef.name', '.spec.secretStoreRef.kind', '.spec.target.name'],
};
