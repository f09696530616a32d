/** The schema of the chart's values. values.schema.json is generated from it, and Helm refuses values that do not match. values.yaml has the defaults. */
import { z } from 'zod';
import { dnsLabel, dnsSubdomain, durationText } from '../api/schema/schema-parts.ts';
import { passThrough, text } from './chart-values-parts.ts';
import { monitoringValues } from './chart-values-monitoring.ts';
import { podValues } from './chart-values-pod.ts';
import { restartValues } from './chart-values-restart.ts';

const imageValues = z
  .strictObject({
    registry: text('Host of the registry, without a slash at the end.').regex(/^([^/\s]+(\/[^/\s]+)*)?$/),
    repository: text('Name of the image.').min(1),
    tag: text('Tag. Empty: the appVersion of the chart.').regex(/^[\w.-]{0,128}$/),
    digest: text('Digest. It takes precedence over the tag.').regex(/^(sha256:[0-9a-f]{64})?$/),
    pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).describe('Image pull policy.'),
  })
  .describe('Container image of the operator.');

const rbacValues = z
  .strictObject({
    create: z.boolean().describe('Creates roles and role bindings.'),
    serviceAccountTokens: z.boolean().describe('Allows stores to use the identity of ServiceAccounts (auth.jwt).'),
    schemaCheck: z.boolean().describe('Allows the operator to compare the served CustomResourceDefinitions with its own.'),
    shards: z
      .array(dnsLabel)
      .max(20)
      .describe(
        'Reserved for a later version: leave it empty. Names of shards, for which the operator may also hold the Leases keytender-<shard>.',
      ),
    aggregateToDefaultRoles: z.boolean().describe('Adds ExternalSecrets and SecretStores to the built-in roles view, edit and admin.'),
  })
  .describe('Permissions of the operator and of users.');

const tokenValues = z
  .strictObject({
    audiences: z
      .array(z.string().regex(/^[^\s,]{1,256}$/))
      .min(1)
      .describe('Audiences that a store may request ServiceAccount tokens for. A list replaces the default.'),
    accounts: z
      .array(
        z.strictObject({
          namespace: dnsLabel.describe('Namespace of the ServiceAccounts.'),
          names: z
            .array(dnsSubdomain)
            .optional()
            .describe('Names of the ServiceAccounts. Missing or empty: all ServiceAccounts of the namespace.'),
        }),
      )
      .describe(
        'The operator may request tokens only for these ServiceAccounts. Empty: for all in the namespaces that the operator serves.',
      ),
  })
  .describe('Tokens of ServiceAccounts, for stores with auth.jwt.');

const admissionPolicyValues = z
  .strictObject({
    enabled: z.boolean().describe("Creates ValidatingAdmissionPolicies, which limit what the operator's ServiceAccount may write."),
    workloads: z.boolean().describe('Includes a policy by which the operator may change only restart markers of workloads.'),
    protectedNamespaces: z
      .array(dnsLabel)
      .describe('Namespaces in which the operator may not write to Secrets that it did not create. A list replaces the default.'),
  })
  .describe('Limits within the permissions of the operator, by ValidatingAdmissionPolicies.');

const serviceAccountValues = z
  .strictObject({
    create: z.boolean().describe('Creates the ServiceAccount.'),
    name: z.union([z.literal(''), dnsSubdomain]).describe("Name of the ServiceAccount. Empty: the name of the release's objects."),
    annotations: z.record(z.string(), z.string()).describe('Annotations of the ServiceAccount, such as the role for IRSA.'),
  })
  .describe('The ServiceAccount of the operator.');

const awsValues = z
  .strictObject({
    region: text("Region for the operator's own calls to STS.").regex(/^([a-z]{2,4}(-[a-z]+)+-[0-9]{1,2})?$/),
    instanceMetadata: z
      .enum(['auto', 'enabled', 'disabled'])
      .describe('Whether the AWS SDK may take credentials from the instance metadata service. auto: not with IRSA.'),
  })
  .describe('AWS settings of the operator itself.');

const proxyUrl = z.string().regex(/^(https?:\/\/\S+)?$/);

const proxyValues = z
  .strictObject({
    httpProxy: proxyUrl.describe('Proxy for HTTP.'),
    httpsProxy: proxyUrl.describe('Proxy for HTTPS. AWS calls use it.'),
    noProxy: text('Names and addresses that the operator reaches without a proxy, in addition to the cluster-local ones.'),
  })
  .describe('Proxy for outgoing connections.');

const extraCaValues = z
  .strictObject({
    configMap: z
      .union([z.literal(''), dnsSubdomain])
      .describe('ConfigMap with certificates that the operator trusts in addition to the built-in ones.'),
    key: z
      .string()
      .regex(/^[-._a-zA-Z0-9]{1,253}$/)
      .describe('Key in the ConfigMap.'),
  })
  .describe('Additional certificate authorities.');

const switchValue = (what: string, description: string): z.ZodType =>
  z.strictObject({ [what]: z.boolean().describe(description) }).describe(description);

export const chartValuesSchema = z
  .strictObject({
    nameOverride: text("Replaces the chart's name in the names of objects."),
    fullnameOverride: text('Replaces the whole name of objects.'),
    commonLabels: z.record(z.string(), z.string()).describe('Labels of every object of the chart.'),
    global: passThrough('Values that Helm shares between charts. This chart reads none.').optional(),
    image: imageValues,
    imagePullSecrets: z
      .array(z.strictObject({ name: dnsSubdomain.describe('Name of the Secret.') }))
      .describe('Secrets with credentials for the registry.'),
    replicas: z.int().min(0).max(10).describe('Number of replicas. One of them works. More than one requires leaderElect.'),
    leaderElect: z.boolean().describe('Elects the working replica with a Lease.'),
    namespaces: z.array(dnsLabel).describe('Namespaces to serve. Empty: all namespaces.'),
    clusterStores: switchValue('enabled', 'Serves ClusterSecretStores. Requires a ClusterRole.'),
    restart: restartValues,
    allowOperatorIdentity: z.boolean().describe('Allows SecretStores without auth to use the AWS identity of the operator.'),
    concurrency: z
      .int()
      .min(1)
      .max(256)
      .describe('Maximum number of ExternalSecrets of one namespace that are reconciled at the same time.'),
    defaultRefreshInterval: durationText.describe('Refresh interval of ExternalSecrets without spec.refreshInterval.'),
    minRefreshInterval: durationText.describe('Shortest time between two refreshes of one secret.'),
    events: z
      .strictObject({
        queueUrl: text(
          'URL of the SQS queue of change events. The operator reads it with its own AWS identity. Empty: no queue, or the queue that a ClusterSecretStore names.',
        ).regex(/^(https?:\/\/[A-Za-z0-9.:-]+\/[0-9]{12}\/[A-Za-z0-9_-]{1,80})?$/),
        allowNamespacedQueues: z
          .boolean()
          .describe(
            'Reads the queues that SecretStores name. Events of such a queue concern only secrets that these stores read with their own identity.',
          ),
        maxAge: durationText.describe(
          'Refresh interval while events arrive, instead of a shorter one, for stores without spec.events.maxAge. 0: events do not change the refresh interval.',
        ),
      })
      .describe('Change events.'),
    cache: z
      .strictObject({ ttl: durationText.describe('How long the operator keeps values in memory after a read. 0: it keeps no values.') })
      .describe('Cache of values from AWS.'),
    log: z
      .strictObject({
        level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).describe('Lowest level that is logged.'),
        format: z.enum(['json', 'text']).describe('Format of the log: json, or text for people.'),
      })
      .describe('Logging.'),
    ...monitoringValues,
    crds: switchValue('install', 'Installs and upgrades the CustomResourceDefinitions. Helm keeps them on uninstall.'),
    rbac: rbacValues,
    serviceAccountTokens: tokenValues,
    admissionPolicy: admissionPolicyValues,
    serviceAccount: serviceAccountValues,
    aws: awsValues,
    proxy: proxyValues,
    extraCA: extraCaValues,
    ...podValues,
  })
  .describe('Values of the Keytender chart.');

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
}

/**
 * JSON Schema (draft-07) for values.schema.json. No value is required: `helm upgrade --reuse-values` validates the values of an earlier chart, which
 * lack newer keys, and the templates fill in the defaults. Fields of list entries have no default, so they stay required.
 */
export function chartValuesJsonSchema(): object {
  return withoutRequired(z.toJSONSchema(chartValuesSchema, { target: 'draft-7', io: 'input' }) as ObjectSchema);
}

function withoutRequired(schema: ObjectSchema & { readonly required?: unknown }): ObjectSchema {
  const { required: _required, ...rest } = schema;
  if (rest.properties === undefined) return rest;
  const properties = Object.entries(rest.properties).map(([name, property]) => [name, withoutRequired(property)] as const);
  return { ...rest, properties: Object.fromEntries(properties) };
}
