/** SecretStore and ClusterSecretStore: the AWS service, the region and the identity for reads. Fields of external-secrets.io/v1, and further ones. */
import { z } from 'zod';
import { allowedKeysField } from './allowed-keys.ts';
import { rules } from './cel.ts';
import { conditionList } from './conditions.ts';
import { roleArn } from '../role-arn.ts';
import { authSchema } from './store-auth.ts';
import type { OwnObject } from '../object/object.ts';
import { eventsField } from './store-events.ts';
import { dnsLabel, durationText, limits } from './schema-parts.ts';

const sessionTagSchema = z.object({
  key: z.string().min(1).max(128).describe('Key of the session tag.'),
  value: z.string().max(256).describe('Value of the session tag.'),
});

export const awsProviderSchema = rules(
  z.object({
    service: z.enum(['SecretsManager', 'ParameterStore']).describe('The AWS service that holds the secrets.'),
    region: z
      .string()
      .min(5)
      .max(32)
      .regex(/^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$/)
      .describe('AWS region.'),
    prefix: z
      .string()
      .min(1)
      .max(256)
      .regex(/^[A-Za-z0-9/_+=.@-]+$/)
      .optional()
      .describe(
        'Added before every key that is not an ARN. In Parameter Store, a name that contains a slash must begin with a slash. The prefix is no access limit, because it does not apply to ARNs; use spec.allowedKeys to limit the keys.',
      ),
    role: roleArn.optional().describe('ARN of the role that secrets are read as. It is assumed after additionalRoles.'),
    additionalRoles: z
      .array(roleArn)
      .max(limits.roleChain)
      .optional()
      .describe('ARNs of roles that are assumed in this order before role.'),
    externalID: z
      .string()
      .min(2)
      .max(1224)
      .regex(/^[\w+=,.@:/-]+$/)
      .optional()
      .describe('External id for assuming the role.'),
    sessionTags: z.array(sessionTagSchema).max(limits.sessionTags).optional().describe('Session tags for assuming the role.'),
    transitiveTagKeys: z
      .array(z.string().min(1).max(128))
      .max(limits.sessionTags)
      .optional()
      .describe('Keys of session tags that stay set when the next role of the chain is assumed.'),
    auth: authSchema
      .optional()
      .describe("Credentials of the store. Without auth, the store uses the operator's own identity (IRSA, Pod Identity, instance role)."),
  }),
  [
    {
      rule: "self.service != 'ParameterStore' || !has(self.prefix) || self.prefix.matches('^[A-Za-z0-9/_.-]+$')",
      message: 'prefix: names of parameters may contain only letters, digits, "/", "_", "." and "-"',
    },
    { rule: '!has(self.externalID) || has(self.role)', message: 'externalID: requires role' },
    { rule: '!has(self.sessionTags) || size(self.sessionTags) == 0 || has(self.role)', message: 'sessionTags: requires role' },
    { rule: '!has(self.additionalRoles) || size(self.additionalRoles) == 0 || has(self.role)', message: 'additionalRoles: requires role' },
    {
      rule: '!has(self.transitiveTagKeys) || (has(self.sessionTags) && self.transitiveTagKeys.all(k, self.sessionTags.exists(t, t.key == k)))',
      message: 'transitiveTagKeys: each must be the key of a session tag',
    },
  ],
);

const providerSchema = z.object({ aws: awsProviderSchema.describe('AWS.') });

export const changeDetectionSchema = z.object({
  type: z
    .enum(['List'])
    .describe(
      'List: the operator calls ListSecrets to find changed secrets, if that takes fewer calls than reading the secrets. The identity needs the permission secretsmanager:ListSecrets, which IAM cannot limit to some secrets. If ListSecrets is denied, the operator reads the secrets as without this field.',
    ),
  maxAge: durationText.describe(
    'Longest time between two reads of a secret. It applies where refreshInterval is shorter. The reads are needed because ListSecrets can show a change up to five minutes late.',
  ),
});

const changeDetectionField = changeDetectionSchema.optional().describe('Finds changed secrets with fewer calls.');

const listsSecrets = {
  rule: "!has(self.changeDetection) || self.provider.aws.service == 'SecretsManager'",
  message: 'changeDetection: type List requires the service SecretsManager',
};

const AUTH = 'self.provider.aws.auth';
const REFS = [`${AUTH}.secretRef.accessKeyIDSecretRef`, `${AUTH}.secretRef.secretAccessKeySecretRef`] as const;
const SESSION = `${AUTH}.secretRef.sessionTokenSecretRef`;
const ACCOUNT = `${AUTH}.jwt.serviceAccountRef`;
const HAS_SECRET = `has(${AUTH}) && has(${AUTH}.secretRef)`;
const HAS_ACCOUNT = `has(${AUTH}) && has(${AUTH}.jwt)`;

const secretStoreFields = {
  provider: providerSchema.describe('The provider that holds the secrets.'),
  allowedKeys: allowedKeysField,
  events: eventsField,
  changeDetection: changeDetectionField,
};

/** All references of a SecretStore are in the namespace of the store. */
export const secretStoreSpecSchema = rules(z.object(secretStoreFields), [
  listsSecrets,
  {
    rule: `!(${HAS_SECRET}) || (${REFS.map((ref) => `!has(${ref}.namespace)`).join(' && ')} && (!has(${SESSION}) || !has(${SESSION}.namespace)))`,
    message: 'provider.aws.auth.secretRef: a SecretStore may refer only to Secrets in its own namespace; remove namespace',
  },
  {
    rule: `!(${HAS_ACCOUNT}) || !has(${ACCOUNT}.namespace)`,
    message:
      'provider.aws.auth.jwt.serviceAccountRef: a SecretStore may refer only to ServiceAccounts in its own namespace; remove namespace',
  },
]);

const labelSelectorRequirementSchema = z.object({
  key: z.string().min(1).max(317).describe('Label key.'),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('How the value of the label is compared with values.'),
  values: z.array(z.string().max(63)).max(64).optional().describe('Values for In and NotIn.'),
});

const namespaceSelectorSchema = z.object({
  matchLabels: z
    .record(z.string(), z.string().max(63))
    .meta({ maxProperties: limits.metadata })
    .optional()
    .describe('Labels that a namespace must have.'),
  matchExpressions: z.array(labelSelectorRequirementSchema).max(64).optional().describe('Requirements that a namespace must meet.'),
});

const storeConditionSchema = z.object({
  namespaceSelector: namespaceSelectorSchema.optional().describe('Selects namespaces by label.'),
  namespaces: z.array(dnsLabel).max(limits.namespaces).optional().describe('Names of namespaces.'),
  namespaceRegexes: z
    .array(z.string().min(1).max(256))
    .max(64)
    .optional()
    .describe('RE2 regular expressions. An expression must match the whole name of the namespace.'),
});

export const clusterSecretStoreSpecSchema = rules(
  z.object({
    ...secretStoreFields,
    conditions: z
      .array(storeConditionSchema)
      .max(limits.storeConditions)
      .optional()
      .describe(
        'The namespaces that may use the store. A namespace may use it if at least one condition matches. Without conditions, all namespaces may use the store.',
      ),
  }),
  [
    listsSecrets,
    {
      rule: `!(${HAS_SECRET}) || (${REFS.map((ref) => `has(${ref}.namespace)`).join(' && ')} && (!has(${SESSION}) || has(${SESSION}.namespace)))`,
      message: 'provider.aws.auth.secretRef: a ClusterSecretStore must name the namespace of each Secret',
    },
    {
      rule: `!(${HAS_ACCOUNT}) || has(${ACCOUNT}.namespace)`,
      message: 'provider.aws.auth.jwt.serviceAccountRef: a ClusterSecretStore must name the namespace of the ServiceAccount',
    },
  ],
);

const dollars = z
  .string()
  .max(32)
  .regex(/^[0-9]+\.[0-9]{2}$/);

const monthlyCostSchema = z.object({
  low: dollars.describe('Lower estimate in US dollars: AWS bills a batch as one call, and KMS costs nothing.'),
  high: dollars.describe('Upper estimate in US dollars: AWS bills each secret of a batch, and its decryption by KMS.'),
  time: z.string().meta({ format: 'date-time' }).describe('When the cost was estimated.'),
});

export const storeStatusSchema = z.object({
  observedGeneration: z.int().min(0).optional().describe('The metadata.generation that this status describes.'),
  conditions: conditionList(
    'Ready: credentials for the store could be obtained. Events, if spec.events is set: the queue is read, and no event was missed. Available, after a failure: AWS answers. BatchReads, after a denied call: the identity may read several secrets with one call. Lists, after a denied call: the identity may list secrets for changeDetection.',
  ),
  identity: z.string().max(2048).optional().describe('The role or access key id that reads the secrets.'),
  estimatedMonthlyCost: monthlyCostSchema
    .optional()
    .describe(
      'Estimated cost of all calls of this identity for one month at list price, computed from the calls of the last hour. Updated when it changes by a fifth.',
    ),
});

export const secretStoreSchema = z.object({
  spec: secretStoreSpecSchema.describe('The desired state.'),
  status: storeStatusSchema.optional().describe('The observed state.'),
});

export const clusterSecretStoreSchema = z.object({
  spec: clusterSecretStoreSpecSchema.describe('The desired state.'),
  status: storeStatusSchema.optional().describe('The observed state.'),
});

export type AwsProvider = z.infer<typeof awsProviderSchema>;
export type StoreCondition = z.infer<typeof storeConditionSchema>;

export type StoreChangeDetection = z.infer<typeof changeDetectionSchema>;
export type StoreStatus = z.infer<typeof storeStatusSchema>;

export interface StoreObject extends OwnObject {
  readonly spec: unknown;
  readonly status?: StoreStatus;
}
