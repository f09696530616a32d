/** The credentials of a store: an access key that Secrets hold, or the token of a ServiceAccount. */
import { z } from 'zod';
import { rules } from './cel.ts';
import { dnsLabel, dnsSubdomain } from './schema-parts.ts';

const secretKeyRefSchema = z.object({
  name: dnsSubdomain.describe('Name of the Secret.'),
  key: z
    .string()
    .min(1)
    .max(253)
    .regex(/^[-._a-zA-Z0-9]+$/)
    .describe('Key in the Secret.'),
  namespace: dnsLabel.optional().describe('Namespace of the Secret. Required in a ClusterSecretStore, not allowed in a SecretStore.'),
});

const secretRefSchema = z.object({
  accessKeyIDSecretRef: secretKeyRefSchema.describe('The access key id.'),
  secretAccessKeySecretRef: secretKeyRefSchema.describe('The secret access key.'),
  sessionTokenSecretRef: secretKeyRefSchema.optional().describe('The session token of temporary credentials.'),
});

/**
 * Audiences of tokens that only STS accepts. Identity providers of the China partition use the second audience if they were created with
 * the name of the endpoint; EKS itself uses the first audience there too (https://github.com/eksctl-io/eksctl/issues/1910).
 */
export const STS_AUDIENCES: readonly string[] = ['sts.amazonaws.com', 'sts.amazonaws.com.cn'];

/** Maximum length of one audience, in characters: in the specification of a store and in the flag --token-audiences. */
export const MAX_AUDIENCE_LENGTH = 256;

const serviceAccountRefSchema = z.object({
  name: dnsSubdomain.describe('Name of the ServiceAccount. Its annotation eks.amazonaws.com/role-arn names the role.'),
  namespace: dnsLabel
    .optional()
    .describe('Namespace of the ServiceAccount. Required in a ClusterSecretStore, not allowed in a SecretStore.'),
  audiences: z
    .array(z.string().min(1).max(MAX_AUDIENCE_LENGTH))
    .max(8)
    .optional()
    .describe(
      'Audiences of the token. Default: sts.amazonaws.com. The operator must allow audiences other than those of STS: by the chart value serviceAccountTokens.audiences or the flag --token-audiences.',
    ),
});

export const authSchema = rules(
  z.object({
    secretRef: secretRefSchema.optional().describe('An access key that Secrets hold.'),
    jwt: z
      .object({ serviceAccountRef: serviceAccountRefSchema.describe('The ServiceAccount whose token is exchanged for credentials.') })
      .optional()
      .describe('Web identity (IRSA) of a ServiceAccount.'),
  }),
  [{ rule: 'has(self.secretRef) != has(self.jwt)', message: 'auth: exactly one of secretRef and jwt' }],
);

export type SecretKeyRef = z.infer<typeof secretKeyRefSchema>;
