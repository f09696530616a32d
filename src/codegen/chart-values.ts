/** The values of the Helm chart: values.schema.json is generated from this, and Helm refuses what does not fit. values.yaml holds the defaults. */
import { z } from 'zod';
import { dnsLabel, dnsSubdomain, durationText } from '../api/schema-parts.ts';
import { passThrough, text } from './chart-values-parts.ts';
import { monitoringValues } from './chart-values-monitoring.ts';
import { podValues } from './chart-values-pod.ts';

const imageValues = z
  .strictObject({
    registry: text('Host of the registry, without a slash at the end.').regex(/^([^/\s]+(\/[^/\s]+)*)?$/),
    repository: text('Name of the image.').min(1),
    tag: text('Tag. Empty: the appVersion of the chart.').regex(/^[\w.-]{0,128}$/),
    digest: text('Digest; wins over the tag.').regex(/^(sha256:[0-9a-f]{64})?$/),
    pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).describe('When the image is pulled.'),
  })
  .describe('The image of the operator.');

const rbacValues = z
  .strictObject({
    create: z.boolean().describe('Creates roles and bindings.'),
    serviceAccountTokens: z.boolean().describe('Lets stores use the identity of ServiceAccounts.'),
    schemaCheck: z.boolean().describe('Lets the operator compare the served CustomResourceDefinitions with its own.'),
    aggregateToDefaultRoles: z.boolean().describe('Adds ExternalSecrets and SecretStores to the built-in roles view, edit and admin.'),
  })
  .describe('Permissions.');

const tokenValues = z
  .strictObject({
    audiences: z
      .array(z.string().regex(/^[^\s,]{1,256}$/))
      .min(1)
      .describe('Audiences that tokens of ServiceAccounts may be requested for; replaces the default.'),
    accounts: z
      .array(
        z.strictObject({
          namespace: dnsLabel.describe('Namespace of the ServiceAccounts.'),
          names: z.array(dnsSubdomain).optional().describe('Names of the ServiceAccounts. Missing or empty: all of the namespace.'),
        }),
      )
      .describe('Limits token requests to these ServiceAccounts. Empty: to those of the namespaces the operator works in.'),
  })
  .describe('Tokens of ServiceAccounts, for stores with auth.jwt.');

const admissionPolicyValues = z
  .strictObject({
    enabled: z.boolean().describe("Holds the operator's account to its work with ValidatingAdmissionPolicies."),
    workloads: z.boolean().describe('Lets the operator change restart markers of workloads, and nothing else of them.'),
    protectedNamespaces: z
      .array(dnsLabel)
      .describe('Where the operator may not write to Secrets that others have made; replaces the default.'),
  })
  .describe('What the API server lets the operator do within its permissions.');

const serviceAccountValues = z
  .strictObject({
    create: z.boolean().describe('Creates the ServiceAccount.'),
    name: z.union([z.literal(''), dnsSubdomain]).describe("Name of the ServiceAccount. Empty: the name of the release's objects."),
    annotations: z.record(z.string(), z.string()).describe('Annotations, such as the role for IRSA.'),
  })
  .describe('The ServiceAccount of the operator.');

const awsValues = z
  .strictObject({
    region: text("Region for the operator's own calls to STS.").regex(/^([a-z]{2,4}(-[a-z]+)+-[0-9]{1,2})?$/),
    instanceMetadata: z
      .enum(['auto', 'enabled', 'disabled'])
      .describe('Whether credentials may come from the instance metadata service. auto: not with IRSA.'),
  })
  .describe('AWS settings of the operator itself.');

const proxyUrl = z.string().regex(/^(https?:\/\/\S+)?$/);

const proxyValues = z
  .strictObject({
    httpProxy: proxyUrl.describe('Proxy for http.'),
    httpsProxy: proxyUrl.describe('Proxy for https; the one that AWS calls take.'),
    noProxy: text('Names and addresses that are reached directly, beside the cluster-local ones.'),
  })
  .describe('Outgoing proxy.');

const extraCaValues = z
  .strictObject({
    configMap: z.union([z.literal(''), dnsSubdomain]).describe('ConfigMap with certificates that are trusted beside the built-in ones.'),
    key: z
      .string()
      .regex(/^[-._a-zA-Z0-9]{1,253}$/)
      .describe('Key in the ConfigMap.'),
  })
  .describe('Further certificate authorities.');

const switchValue = (what: string, description: string): z.ZodType =>
  z.strictObject({ [what]: z.boolean().describe(description) }).describe(description);

export const chartValuesSchema = z
  .strictObject({
    nameOverride: text("Replaces the chart's name in the names of objects."),
    fullnameOverride: text('Replaces the whole name of objects.'),
    commonLabels: z.record(z.string(), z.string()).describe('Labels for every object of the chart.'),
    global: passThrough('Values that Helm shares between charts; none is read.').optional(),
    image: imageValues,
    imagePullSecrets: z.array(z.strictObject({ name: dnsSubdomain.describe('Name of the Secret.') })).describe('Secrets for the registry.'),
    replicas: z.int().min(0).max(10).describe('Replicas; one of them works. More than one needs leaderElect.'),
    leaderElect: z.boolean().describe('Elects one working replica by a Lease.'),
    namespaces: z.array(dnsLabel).describe('Namespaces to work in. Empty: all.'),
    clusterStores: switchValue('enabled', 'Serves ClusterSecretStores; needs a ClusterRole.'),
    restart: switchValue('enabled', 'Restarts workloads (spec.restart).'),
    allowOperatorIdentity: z.boolean().describe('Lets SecretStores without auth read AWS as the operator itself.'),
    concurrency: z.int().min(1).max(256).describe('How many resources are worked on at once.'),
    defaultRefreshInterval: durationText.describe('Refresh interval of ExternalSecrets that set none.'),
    minRefreshInterval: durationText.describe('No secret is refreshed more often than this.'),
    events: z
      .strictObject({
        queueUrl: text('SQS queue of change events, read as the operator. Empty: none, or the one that a ClusterSecretStore names.').regex(
          /^(https?:\/\/[A-Za-z0-9.:-]+\/[0-9]{12}\/[A-Za-z0-9_-]{1,80})?$/,
        ),
        allowNamespacedQueues: z
          .boolean()
          .describe('Whether queues that SecretStores name are read, each for references of the identities of these stores only.'),
        maxAge: durationText.describe(
          'How far polls may be apart while events come, for stores that do not say; 0: as if there were none.',
        ),
      })
      .describe('Change events.'),
    cache: z
      .strictObject({ ttl: durationText.describe('How long values are kept in memory; 0 keeps none.') })
      .describe('Cache of values that were read from AWS.'),
    log: z
      .strictObject({
        level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).describe('Lowest level that is printed.'),
        format: z.enum(['json', 'text']).describe('json, or text for people.'),
      })
      .describe('Logging.'),
    ...monitoringValues,
    crds: switchValue('install', 'Installs and upgrades the CustomResourceDefinitions; they are kept on uninstall.'),
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
 * JSON Schema (draft-07) for values.schema.json. No value is required: `helm upgrade --reuse-values` checks the values of an earlier chart, which do
 * not have what was added since, and the templates fill in the defaults. Fields of list entries have no default, so that they stay required.
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
