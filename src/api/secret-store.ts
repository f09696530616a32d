/** SecretStore and ClusterSecretStore: where secrets come from and as whom they are read. Shaped like external-secrets.io/v1. */
import { z } from 'zod';
import { allowedKeysField } from './allowed-keys.ts';
import { rules } from './cel.ts';
import { conditionList } from './conditions.ts';
import type { OwnObject } from './object.ts';
import { eventsField } from './store-events.ts';
import { dnsLabel, dnsSubdomain, durationText, limits } from './schema-parts.ts';

const secretKeyRefSchema = z.object({
  name: dnsSubdomain.describe('Name of the Secret.'),
  key: z
    .string()
    .min(1)
    .max(253)
    .regex(/^[-._a-zA-Z0-9]+$/)
    .describe('Key in the Secret.'),
  namespace: dnsLabel.optional().describe('Namespace of the Secret; ClusterSecretStore only, and required there.'),
});

const secretRefSchema = z.object({
  accessKeyIDSecretRef: secretKeyRefSchema.describe('The access key id.'),
  secretAccessKeySecretRef: secretKeyRefSchema.describe('The secret access key.'),
  sessionTokenSecretRef: secretKeyRefSchema.optional().describe('The session token of temporary credentials.'),
});

/**
 * The audiences of tokens that STS takes and nobody else. The second one is used by identity providers of the China partition that were set up by
 * the name of the endpoint; EKS itself uses the first one there too (https://github.com/eksctl-io/eksctl/issues/1910).
 */
export const STS_AUDIENCES: readonly string[] = ['sts.amazonaws.com', 'sts.amazonaws.com.cn'];

/** Bound of one audience, in the specification of a store and in the flag that allows it. */
export const MAX_AUDIENCE_LENGTH = 256;

const serviceAccountRefSchema = z.object({
  name: dnsSubdomain.describe('Name of the ServiceAccount. Its annotation eks.amazonaws.com/role-arn names the role.'),
  namespace: dnsLabel.optional().describe('Namespace of the ServiceAccount; ClusterSecretStore only, and required there.'),
  audiences: z
    .array(z.string().min(1).max(MAX_AUDIENCE_LENGTH))
    .max(8)
    .optional()
    .describe(
      'Audiences of the token. Default: sts.amazonaws.com. Others than those of STS must be allowed: serviceAccountTokens.audiences of the chart, else --token-audiences.',
    ),
});

const authSchema = rules(
  z.object({
    secretRef: secretRefSchema.optional().describe('An access key that is kept in Secrets.'),
    jwt: z
      .object({ serviceAccountRef: serviceAccountRefSchema.describe('The ServiceAccount whose token is exchanged for credentials.') })
      .optional()
      .describe('Web identity (IRSA) of a ServiceAccount.'),
  }),
  [{ rule: 'has(self.secretRef) != has(self.jwt)', message: 'auth: exactly one of secretRef and jwt' }],
);

const ROLE_ARN = /^arn:[-a-z0-9]+:iam::[0-9]{12}:role\/[\w+=,.@/-]+$/;
export const MAX_ROLE_ARN_LENGTH = 2048;

const roleArn = z.string().min(20).max(MAX_ROLE_ARN_LENGTH).regex(ROLE_ARN);

/** For what comes from elsewhere than a specification, such as an annotation. */
export function isRoleArn(text: string): boolean {
  return text.length <= MAX_ROLE_ARN_LENGTH && ROLE_ARN.test(text);
}

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
        'Put in front of every key that is not an ARN. Names in Parameter Store that hold a slash begin with one. It limits nothing: ARNs pass it by, and spec.allowedKeys says which keys may be read.',
      ),
    role: roleArn.optional().describe('Role that is assumed last; secrets are read as this role.'),
    additionalRoles: z.array(roleArn).max(limits.roleChain).optional().describe('Roles that are assumed one after the other before role.'),
    externalID: z
      .string()
      .min(2)
      .max(1224)
      .regex(/^[\w+=,.@:/-]+$/)
      .optional()
      .describe('External id for the assumption of role.'),
    sessionTags: z.array(sessionTagSchema).max(limits.sessionTags).optional().describe('Session tags for the assumption of role.'),
    transitiveTagKeys: z
      .array(z.string().min(1).max(128))
      .max(limits.sessionTags)
      .optional()
      .describe('Session tags that later roles of the chain keep.'),
    auth: authSchema
      .optional()
      .describe("Credentials of the store. Without it the operator's own identity is used (IRSA, Pod Identity, instance role)."),
  }),
  [
    {
      rule: "self.service != 'ParameterStore' || !has(self.prefix) || self.prefix.matches('^[A-Za-z0-9/_.-]+$')",
      message: 'prefix: the names of parameters hold letters, digits, "/", "_", "." and "-" only',
    },
    { rule: '!has(self.externalID) || has(self.role)', message: 'externalID: needs role' },
    { rule: '!has(self.sessionTags) || size(self.sessionTags) == 0 || has(self.role)', message: 'sessionTags: need role' },
    { rule: '!has(self.additionalRoles) || size(self.additionalRoles) == 0 || has(self.role)', message: 'additionalRoles: need role' },
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
      'List: where it takes fewer calls, ListSecrets tells whether a secret has changed instead of a read. It needs the permission secretsmanager:ListSecrets, which cannot be limited to some secrets. Where it is denied, secrets are read as without this field.',
    ),
  maxAge: durationText.describe(
    'A list may be five minutes late, so that every secret is read at least so often, where its refreshInterval is shorter.',
  ),
});

const changeDetectionField = changeDetectionSchema.optional().describe('A cheaper way to find out what has changed.');

const listsSecrets = {
  rule: "!has(self.changeDetection) || self.provider.aws.service == 'SecretsManager'",
  message: 'changeDetection: type List is for the service SecretsManager',
};

const AUTH = 'self.provider.aws.auth';
const REFS = [`${AUTH}.secretRef.accessKeyIDSecretRef`, `${AUTH}.secretRef.secretAccessKeySecretRef`] as const;
const SESSION = `${AUTH}.secretRef.sessionTokenSecretRef`;
const ACCOUNT = `${AUTH}.jwt.serviceAccountRef`;
const HAS_SECRET = `has(${AUTH}) && has(${AUTH}.secretRef)`;
const HAS_ACCOUNT = `has(${AUTH}) && has(${AUTH}.jwt)`;

const secretStoreFields = {
  provider: providerSchema.describe('Where the secrets are.'),
  allowedKeys: allowedKeysField,
  events: eventsField,
  changeDetection: changeDetectionField,
};

/** In a namespaced store every reference stays in the namespace of the store. */
export const secretStoreSpecSchema = rules(z.object(secretStoreFields), [
  listsSecrets,
  {
    rule: `!(${HAS_SECRET}) || (${REFS.map((ref) => `!has(${ref}.namespace)`).join(' && ')} && (!has(${SESSION}) || !has(${SESSION}.namespace)))`,
    message: 'provider.aws.auth.secretRef: a SecretStore refers to Secrets of its own namespace only; leave namespace out',
  },
  {
    rule: `!(${HAS_ACCOUNT}) || !has(${ACCOUNT}.namespace)`,
    message:
      'provider.aws.auth.jwt.serviceAccountRef: a SecretStore refers to ServiceAccounts of its own namespace only; leave namespace out',
  },
]);

const labelSelectorRequirementSchema = z.object({
  key: z.string().min(1).max(317).describe('Label key.'),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('How values are compared.'),
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
  namespaceSelector: namespaceSelectorSchema.optional().describe('Namespaces by label.'),
  namespaces: z.array(dnsLabel).max(limits.namespaces).optional().describe('Namespaces by name.'),
  namespaceRegexes: z
    .array(z.string().min(1).max(256))
    .max(64)
    .optional()
    .describe('Namespaces by RE2 expression; it must match the whole name.'),
});

export const clusterSecretStoreSpecSchema = rules(
  z.object({
    ...secretStoreFields,
    conditions: z
      .array(storeConditionSchema)
      .max(limits.storeConditions)
      .optional()
      .describe('Namespaces that may use the store: one condition must hold. Without conditions all may.'),
  }),
  [
    listsSecrets,
    {
      rule: `!(${HAS_SECRET}) || (${REFS.map((ref) => `has(${ref}.namespace)`).join(' && ')} && (!has(${SESSION}) || has(${SESSION}.namespace)))`,
      message: 'provider.aws.auth.secretRef: a ClusterSecretStore must say the namespace of each Secret',
    },
    {
      rule: `!(${HAS_ACCOUNT}) || has(${ACCOUNT}.namespace)`,
      message: 'provider.aws.auth.jwt.serviceAccountRef: a ClusterSecretStore must say the namespace of the ServiceAccount',
    },
  ],
);

const dollars = z
  .string()
  .max(32)
  .regex(/^[0-9]+\.[0-9]{2}$/);

const monthlyCostSchema = z.object({
  low: dollars.describe('US dollars, if a batch is billed as one call and KMS costs nothing.'),
  high: dollars.describe('US dollars, if each secret of a batch is billed, and its decryption.'),
  time: z.string().meta({ format: 'date-time' }).describe('When it was estimated.'),
});

export const storeStatusSchema = z.object({
  observedGeneration: z.int().min(0).optional().describe('The generation that this status speaks of.'),
  conditions: conditionList(
    'Ready: credentials for the store could be obtained. Events, where events are asked for: they are received and tell everything. Available, once something went wrong: AWS answers. BatchReads, once they were denied: several secrets can be read with one call. Lists, once they were denied: changeDetection can list secrets.',
  ),
  identity: z.string().max(2048).optional().describe('The role or access key id that secrets are read as.'),
  estimatedMonthlyCost: monthlyCostSchema
    .optional()
    .describe('What all calls of this identity would cost in a month like the last hour, at list price. Written when it moves by a fifth.'),
});

export const secretStoreSchema = z.object({
  spec: secretStoreSpecSchema.describe('What is wanted.'),
  status: storeStatusSchema.optional().describe('What is so.'),
});

export const clusterSecretStoreSchema = z.object({
  spec: clusterSecretStoreSpecSchema.describe('What is wanted.'),
  status: storeStatusSchema.optional().describe('What is so.'),
});

export type AwsProvider = z.infer<typeof awsProviderSchema>;
export type StoreCondition = z.infer<typeof storeConditionSchema>;
export type NamespaceSelector = z.infer<typeof namespaceSelectorSchema>;
export type SecretKeyRef = z.infer<typeof secretKeyRefSchema>;
export type StoreChangeDetection = z.infer<typeof changeDetectionSchema>;
export type StoreStatus = z.infer<typeof storeStatusSchema>;

export interface StoreObject extends OwnObject {
  readonly spec: unknown;
  readonly status?: StoreStatus;
}
