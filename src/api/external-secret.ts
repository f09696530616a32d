/** ExternalSecret: what to fetch, what to write, what to restart. Shaped like external-secrets.io/v1, field for field; ours are extra optional fields. */
import { z } from 'zod';
import { rules } from './cel.ts';
import { conditionList } from './conditions.ts';
import type { OwnObject } from './object.ts';
import { dnsSubdomain, durationText, limits, metadataMap } from './schema-parts.ts';

export const remoteRefSchema = z.object({
  key: z
    .string()
    .min(1)
    .max(2048)
    .describe(
      'Name or ARN of the secret in Secrets Manager, or of the parameter in Parameter Store. The prefix of the store is put in front of a name, never of an ARN.',
    ),
  property: z
    .string()
    .min(1)
    .max(limits.property)
    .optional()
    .describe(
      'Path of one part of the JSON value, in the syntax of gjson (https://github.com/tidwall/gjson/blob/v1.18.0/SYNTAX.md): db.user, hosts.0, ' +
        'tls\\.crt.data, users.#(name=="app").password, text|@fromstr|user. A member of the value whose whole name is the path, dots included, is preferred.',
    ),
  version: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe(
      'Secrets Manager: version stage (default AWSCURRENT), or "uuid/" and a version id. Parameter Store: label (default: the latest version), or a ' +
        'version number. A version id or number is never read again.',
    ),
  metadataPolicy: z
    .enum(['None', 'Fetch'])
    .optional()
    .describe(
      'Fetch: the tags of the secret or parameter, as a JSON object, instead of its value; property picks one tag, and version means nothing. Default: None.',
    ),
  decodingStrategy: z
    .enum(['None', 'Base64', 'Base64URL', 'Auto'])
    .optional()
    .describe('How the value is decoded before it is written. Auto: Base64, else Base64URL, else as it is. Default: None.'),
});

const dataEntrySchema = z.object({
  secretKey: z
    .string()
    .min(1)
    .max(253)
    .regex(/^[-._a-zA-Z0-9]+$/)
    .describe('Key in the Secret.'),
  remoteRef: remoteRefSchema.describe('Where the value of this key comes from.'),
});

const extractEntrySchema = z.object({
  extract: remoteRefSchema.describe('A secret whose JSON object becomes one key for each of its properties.'),
});

const templateMetadataSchema = z.object({
  labels: metadataMap('labels', 63).optional().describe('Labels for the Secret.'),
  annotations: metadataMap('annotations', 16_384).optional().describe('Annotations for the Secret.'),
});

const templateSchema = rules(
  z.object({
    type: z.string().min(1).max(253).optional().describe('Type of the Secret. Default: Opaque.'),
    metadata: templateMetadataSchema.optional().describe('Labels and annotations of the Secret.'),
  }),
  [
    {
      rule: "!has(self.type) || !(self.type in ['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token', 'helm.sh/release.v1'])",
      message: 'type: tokens of the control plane and releases of Helm may not be written',
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
        'Owner: create the Secret and own it; it is deleted with the ExternalSecret. Orphan: create it, and leave it behind. ' +
          'Merge: write keys into a Secret that exists. None: fetch and report, write nothing. Default: Owner.',
      ),
    deletionPolicy: z
      .enum(['Retain'])
      .optional()
      .describe('What happens when the secret disappears from AWS. Retain: the Secret keeps its last values. Default: Retain.'),
    immutable: z.boolean().optional().describe('Makes the Secret immutable. A change of content then needs recreate.'),
    recreate: z
      .boolean()
      .optional()
      .describe('Allows to delete and create the Secret where it cannot be changed in place: it is immutable, or its type changes.'),
    template: templateSchema.optional().describe('Type and metadata of the Secret.'),
  }),
  [
    {
      rule: "!has(self.creationPolicy) || self.creationPolicy != 'Merge' || !has(self.immutable) || !self.immutable",
      message: 'immutable: a Secret that is merged into belongs to somebody else',
    },
    {
      rule: "!has(self.creationPolicy) || self.creationPolicy != 'Merge' || !has(self.recreate) || !self.recreate",
      message: 'recreate: a Secret that is merged into belongs to somebody else',
    },
    {
      rule: "!has(self.creationPolicy) || self.creationPolicy != 'Merge' || !has(self.template) || !has(self.template.type)",
      message: 'template.type: a Secret that is merged into keeps its type',
    },
    { rule: "!has(self.name) || self.name != 'keytender-digest-key'", message: 'name: keytender-digest-key is reserved' },
  ],
);

const restartTargetSchema = z.object({
  kind: z.enum(['Deployment', 'StatefulSet', 'DaemonSet']).describe('Kind of workload.'),
  name: dnsSubdomain.describe('Name of the workload, in the namespace of the ExternalSecret.'),
});

const restartSchema = z.object({
  targets: z
    .array(restartTargetSchema)
    .min(1)
    .max(limits.restartTargets)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['kind', 'name'] })
    .describe('Workloads that are rolled when the content of the Secret changes.'),
});

const storeRefSchema = z.object({
  name: dnsSubdomain.describe('Name of the store.'),
  kind: z.enum(['SecretStore', 'ClusterSecretStore']).optional().describe('Kind of the store. Default: SecretStore.'),
});

export const externalSecretSpecSchema = rules(
  z.object({
    secretStoreRef: storeRefSchema.describe('The store that says where from and as whom.'),
    refreshPolicy: z
      .enum(['Periodic', 'CreatedOnce', 'OnChange'])
      .optional()
      .describe(
        'Periodic: every refreshInterval. CreatedOnce: when there is no Secret yet. OnChange: when the ExternalSecret changes. Default: Periodic.',
      ),
    refreshInterval: durationText
      .optional()
      .describe('Greatest age of what is known of AWS, such as 5m; 0 refreshes on changes only. Default: 1h.'),
    target: targetSchema.optional().describe('The Secret that is written.'),
    data: z
      .array(dataEntrySchema)
      .max(limits.data)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['secretKey'] })
      .optional()
      .describe('Keys of the Secret, one by one. They win over dataFrom.'),
    dataFrom: z
      .array(extractEntrySchema)
      .max(limits.dataFrom)
      .optional()
      .describe('Sources of many keys; a later one wins over an earlier one.'),
    restart: restartSchema.optional().describe('What is restarted when the content of the Secret changes.'),
    suspend: z.boolean().optional().describe('Stops all work on this ExternalSecret; the Secret stays as it is.'),
  }),
  [
    {
      rule: '(has(self.data) && size(self.data) > 0) || (has(self.dataFrom) && size(self.dataFrom) > 0)',
      message: 'data or dataFrom is required',
    },
    {
      rule: "!has(self.restart) || !has(self.target) || !has(self.target.creationPolicy) || self.target.creationPolicy != 'None'",
      message: 'restart: creationPolicy None writes no Secret that could change',
    },
  ],
);

const sourceStatusSchema = z.object({
  key: z.string().max(2048).describe('The key as the ExternalSecret names it.'),
  stage: z
    .string()
    .max(256)
    .optional()
    .describe('The version stage or label that was asked for; AWSCURRENT for the latest version of a parameter.'),
  tags: z.boolean().optional().describe('True: the tags were asked for, instead of a value.'),
  versionId: z.string().max(64).describe('Version id of the value in the Secret; of a parameter its version number, of tags a digest.'),
  createdDate: z.string().optional().meta({ format: 'date-time' }).describe('When AWS created that version.'),
});

const restartStatusSchema = z.object({
  kind: z.string().max(63).describe('Kind of the workload.'),
  name: z.string().max(253).describe('Name of the workload.'),
  state: z
    .enum(['Current', 'Restarted', 'Failed', 'Blocked', 'Unknown'])
    .describe(
      'Current: no restart was needed. Restarted: rolled for the current content. Failed: see message. Blocked: its template bears the current content, ' +
        'but pods of an earlier one stay, because it is paused or by its update strategy. Unknown: workloads are not read.',
    ),
  content: z.string().max(128).optional().describe('Id of the content that the workload was last rolled for or found running with.'),
  restartedAt: z.string().optional().meta({ format: 'date-time' }).describe('When it was last restarted.'),
  message: z.string().max(1024).optional().describe('Why it failed, is blocked or is not known.'),
});

export const externalSecretStatusSchema = z.object({
  observedGeneration: z.int().min(0).optional().describe('The generation that this status speaks of.'),
  conditions: conditionList(
    'Ready: the Secret holds what AWS held at the last refresh. Restarted: the targets run with it. UpToDate, False only: a change in AWS or a forced sync waits.',
  ),
  binding: z
    .object({ name: z.string().max(253).describe('Name of the Secret.') })
    .optional()
    .describe('The Secret, by the Service Binding convention.'),
  refreshTime: z
    .string()
    .optional()
    .meta({ format: 'date-time' })
    .describe(
      'When AWS confirmed what was then written to the Secret. Refreshes that find nothing changed write nothing, so they do not move it; nor do failures.',
    ),
  lastChangeTime: z.string().optional().meta({ format: 'date-time' }).describe('When the content of the Secret last changed.'),
  content: z.string().max(128).optional().describe('Id of the content: a keyed digest, of use for comparison only.'),
  contentDigest: z
    .string()
    .max(128)
    .optional()
    .describe('Digest of the content under the present digest key. Set once a former key was lost, which content may have been made with.'),
  sources: z.array(sourceStatusSchema).max(limits.sources).optional().describe('The versions that the Secret holds.'),
  restarts: z.array(restartStatusSchema).max(limits.restartTargets).optional().describe('The restart targets, one by one.'),
  forceSync: z.string().max(1024).optional().describe('The value of the force-sync annotation that was last acted on.'),
});

export const externalSecretSchema = z.object({
  spec: externalSecretSpecSchema.describe('What is wanted.'),
  status: externalSecretStatusSchema.optional().describe('What is so.'),
});

export type RemoteRef = z.infer<typeof remoteRefSchema>;
export type ExternalSecretSpec = z.infer<typeof externalSecretSpecSchema>;
export type ExternalSecretStatus = z.infer<typeof externalSecretStatusSchema>;
export type RestartStatus = z.infer<typeof restartStatusSchema>;
export type RestartTarget = z.infer<typeof restartTargetSchema>;
export type StoreRef = z.infer<typeof storeRefSchema>;

/** As it arrives: the spec is parsed where it's used, because an older or newer schema may have let something else in. */
export interface ExternalSecretObject extends OwnObject {
  readonly spec: unknown;
  readonly status?: ExternalSecretStatus;
}
