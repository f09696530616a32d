/** ExternalSecret: the secrets to read, the Secret to write, the workloads to restart. Fields of external-secrets.io/v1, and further optional fields. */
import { z } from 'zod';
import { rules } from './cel.ts';
import { externalSecretStatusSchema, type ExternalSecretStatus } from './external-secret-status.ts';
import type { OwnObject } from '../object/object.ts';
import { restartSchema } from './restart.ts';
import { dnsSubdomain, durationText, limits, metadataMap, secretKey } from './schema-parts.ts';
import { isWorkloadKind, type WorkloadKind } from '../object/workload-kinds.ts';

export const remoteRefSchema = z.object({
  key: z
    .string()
    .min(1)
    .max(2048)
    .describe(
      'Name or ARN of the secret in Secrets Manager, or of the parameter in Parameter Store. The prefix of the store is added before a name, not before an ARN.',
    ),
  property: z
    .string()
    .min(1)
    .max(limits.property)
    .optional()
    .describe(
      'Path to one part of the JSON value, in the syntax of gjson (https://github.com/tidwall/gjson/blob/v1.18.0/SYNTAX.md): db.user, hosts.0, ' +
        'tls\\.crt.data, users.#(name=="app").password, text|@fromstr|user. If the value has a member whose name equals the whole path, including dots, that member is taken.',
    ),
  version: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe(
      'Secrets Manager: version stage (default AWSCURRENT), or "uuid/" and a version id. Parameter Store: label (default: the latest version), or a ' +
        'version number. A value with a given version id or number does not change, so it is read only once.',
    ),
  metadataPolicy: z
    .enum(['None', 'Fetch'])
    .optional()
    .describe(
      'Fetch: take the tags of the secret or parameter as a JSON object, instead of its value. property selects one tag; version has no effect. Default: None.',
    ),
  decodingStrategy: z
    .enum(['None', 'Base64', 'Base64URL', 'Auto'])
    .optional()
    .describe(
      'How the value is decoded before it is written. Auto: as Base64 or else Base64URL if the value is valid in it, otherwise not decoded. Default: None.',
    ),
});

const dataEntrySchema = z.object({
  secretKey: secretKey.describe('Key in the Secret.'),
  remoteRef: remoteRefSchema.describe('The secret or parameter that holds the value of this key.'),
});

const extractEntrySchema = z.object({
  extract: remoteRefSchema.describe(
    'A secret or parameter whose value is a JSON object. Each property of the object becomes a key of the Secret.',
  ),
});

const templateMetadataSchema = z.object({
  labels: metadataMap('labels', 63).optional().describe('Labels of the Secret.'),
  annotations: metadataMap('annotations', 16_384).optional().describe('Annotations of the Secret.'),
});

const templateSchema = rules(
  z.object({
    type: z.string().min(1).max(253).optional().describe('Type of the Secret. Default: Opaque.'),
    metadata: templateMetadataSchema.optional().describe('Labels and annotations of the Secret.'),
  }),
  [
    {
      rule: "!has(self.type) || !(self.type in ['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token', 'helm.sh/release.v1'])",
      message: 'type: Keytender does not write service account tokens, bootstrap tokens or Helm releases',
    },
    {
      rule: "!has(self.metadata) || !has(self.metadata.labels) || self.metadata.labels.all(k, !k.matches('^([^/]*[.])?keytender[.]dev/'))",
      message: 'metadata.labels: keytender.dev is reserved',
    },
    {
      rule: "!has(self.metadata) || !has(self.metadata.annotations) || self.metadata.annotations.all(k, !k.matches('^([^/]*[.])?keytender[.]dev/') && !k.startsWith('kubernetes.io/service-account.'))",
      message: 'metadata.annotations: keytender.dev and kubernetes.io/service-account.* are reserved',
    },
  ],
);

const targetSchema = rules(
  z.object({
    name: dnsSubdomain.optional().describe('Name of the Secret. Default: the name of the ExternalSecret.'),
    creationPolicy: z
      .enum(['Owner', 'Orphan', 'Merge', 'None'])
      .optional()
      .describe(
        'Owner: create the Secret and own it; it is deleted with the ExternalSecret. Orphan: create the Secret; it stays when the ExternalSecret is deleted. ' +
          'Merge: write keys into an existing Secret. None: read the values and report the result, but write no Secret. Default: Owner.',
      ),
    deletionPolicy: z
      .enum(['Retain'])
      .optional()
      .describe('What happens to the Secret when the secret is deleted in AWS. Retain: the Secret keeps its last values. Default: Retain.'),
    immutable: z.boolean().optional().describe('Makes the Secret immutable. A change of the content then requires recreate.'),
    recreate: z
      .boolean()
      .optional()
      .describe(
        'Allows Keytender to delete the Secret and create it again if it cannot be updated: because it is immutable, or because its type changes.',
      ),
    template: templateSchema.optional().describe('Type and metadata of the Secret.'),
  }),
  [
    {
      rule: "!has(self.creationPolicy) || self.creationPolicy != 'Merge' || !has(self.immutable) || !self.immutable",
      message: 'immutable: not allowed with creationPolicy Merge, because another owner manages the Secret',
    },
    {
      rule: "!has(self.creationPolicy) || self.creationPolicy != 'Merge' || !has(self.recreate) || !self.recreate",
      message: 'recreate: not allowed with creationPolicy Merge, because another owner manages the Secret',
    },
    {
      rule: "!has(self.creationPolicy) || self.creationPolicy != 'Merge' || !has(self.template) || !has(self.template.type)",
      message: 'template.type: not allowed with creationPolicy Merge, because the Secret keeps its type',
    },
    { rule: "!has(self.name) || self.name != 'keytender-digest-key'", message: 'name: keytender-digest-key is reserved' },
  ],
);

const storeRefSchema = z.object({
  name: dnsSubdomain.describe('Name of the store.'),
  kind: z.enum(['SecretStore', 'ClusterSecretStore']).optional().describe('Kind of the store. Default: SecretStore.'),
});

export const externalSecretSpecSchema = rules(
  z.object({
    secretStoreRef: storeRefSchema.describe('The store that names the AWS service, the region and the identity for the reads.'),
    refreshPolicy: z
      .enum(['Periodic', 'CreatedOnce', 'OnChange'])
      .optional()
      .describe(
        'When AWS is read. Periodic: every refreshInterval. CreatedOnce: only while the Secret does not exist. OnChange: only when the ExternalSecret or its store changes, or the Secret must be repaired. Default: Periodic.',
      ),
    refreshInterval: durationText
      .optional()
      .describe('Time between two refreshes from AWS, such as 5m. 0: refresh only when the ExternalSecret changes. Default: 1h.'),
    target: targetSchema.optional().describe('The Secret that is written.'),
    data: z
      .array(dataEntrySchema)
      .max(limits.data)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['secretKey'] })
      .optional()
      .describe('Single keys of the Secret. If dataFrom gives the same key, the entry in data takes precedence.'),
    dataFrom: z
      .array(extractEntrySchema)
      .max(limits.dataFrom)
      .optional()
      .describe('Sources of several keys each. If two sources give the same key, the later source takes precedence.'),
    restart: restartSchema.optional().describe('Restarts when the content of the Secret changes.'),
    suspend: z.boolean().optional().describe('Stops all work on this ExternalSecret. The Secret stays as it is.'),
  }),
  [
    {
      rule: '(has(self.data) && size(self.data) > 0) || (has(self.dataFrom) && size(self.dataFrom) > 0)',
      message: 'data or dataFrom is required',
    },
    {
      rule: "!has(self.restart) || !has(self.target) || !has(self.target.creationPolicy) || self.target.creationPolicy != 'None'",
      message: 'restart: not allowed with creationPolicy None, which writes no Secret',
    },
  ],
);

export const externalSecretSchema = z.object({
  spec: externalSecretSpecSchema.describe('The desired state.'),
  status: externalSecretStatusSchema.optional().describe('The observed state.'),
});

export type RemoteRef = z.infer<typeof remoteRefSchema>;
export type ExternalSecretSpec = z.infer<typeof externalSecretSpecSchema>;
export type StoreRef = z.infer<typeof storeRefSchema>;

/**
 * The object as the API has it. The spec is parsed by its users, because the API server may have accepted it with an older or newer schema.
 */
export interface ExternalSecretObject extends OwnObject {
  readonly spec: unknown;
  readonly status?: ExternalSecretStatus;
}

/** A workload that is named. */
export interface RestartTarget {
  readonly kind: WorkloadKind;
  readonly name: string;
}

/** The targets that are named, of the kinds of Kubernetes. */
export function namedTargets({ restart }: ExternalSecretSpec): readonly RestartTarget[] {
  if (restart?.mode === 'None') return [];
  return (restart?.targets ?? []).flatMap(({ kind, name }) => (name === undefined || !isWorkloadKind(kind) ? [] : [{ kind, name }]));
}
