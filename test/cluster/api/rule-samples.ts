// For each CEL rule, by its message: specs that violate only this rule, and specs that just satisfy it.
import { clusterSecretStores, secretStores, smallExternalSecret, type Json, type JsonObject } from './samples.ts';

export interface RuleSample {
  readonly kind: 'ExternalSecret' | 'SecretStore' | 'ClusterSecretStore';
  readonly message: string;
  readonly bad: readonly JsonObject[];
  readonly good: readonly JsonObject[];
}

const small = smallExternalSecret;
const ofTarget = (target: JsonObject): JsonObject => ({ ...small, target });
const ofTemplate = (template: JsonObject): JsonObject => ofTarget({ template });
const labels = (key: string): JsonObject => ofTemplate({ metadata: { labels: { [key]: 'x' } } });
const longKey = (length: number): string => `${'a'.repeat(length - 64)}/${'b'.repeat(63)}`;
const annotations = (key: string): JsonObject => ofTemplate({ metadata: { annotations: { [key]: 'x' } } });
const merge = (more: JsonObject): JsonObject => ofTarget({ creationPolicy: 'Merge', ...more });
const { secretStoreRef } = small;
const ofRestart = (fields: JsonObject): JsonObject => ({ ...small, restart: fields });
const orders = { kind: 'Deployment', name: 'orders' };
const selecting = { kind: 'Deployment', selector: { matchLabels: { app: 'orders' } } };
const ofSelector = (selector: JsonObject): JsonObject => ofRestart({ targets: [{ kind: 'Deployment', selector }] });
const ofRequirement = (requirement: JsonObject): JsonObject => ofSelector({ matchExpressions: [requirement] });
const restart = { targets: [{ kind: 'Deployment', name: 'orders' }] };

const reservedKeys = ['keytender.dev/managed', 'record.keytender.dev/x', 'a.b.keytender.dev/x', 'keytender.dev/'];
const freeKeys = ['notkeytender.dev/x', 'keytender.dev.example.com/x', 'example.com/keytender.dev', 'keytender'];

const externalSecret: readonly RuleSample[] = (
  [
    {
      message: 'type: Keytender does not write service account tokens, bootstrap tokens or Helm releases',
      bad: ['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token', 'helm.sh/release.v1'].map((type) =>
        ofTemplate({ type }),
      ),
      good: [
        ofTemplate({ type: 'kubernetes.io/tls' }),
        ofTemplate({ type: 'kubernetes.io/dockerconfigjson' }),
        ofTemplate({ type: 'Opaque' }),
        ofTemplate({}),
      ],
    },
    { message: 'metadata.labels: keytender.dev is reserved', bad: reservedKeys.map(labels), good: freeKeys.map(labels) },
    {
      message: 'metadata.annotations: keytender.dev and kubernetes.io/service-account.* are reserved',
      bad: [...reservedKeys, 'kubernetes.io/service-account.name', 'kubernetes.io/service-account.uid'].map(annotations),
      good: [...freeKeys, 'kubernetes.io/description', 'a.kubernetes.io/service-account.name'].map(annotations),
    },
    {
      message: 'labels: a key must have at most 317 characters',
      bad: [318, 100_000].map(longKey).map(labels),
      good: [labels(longKey(317))],
    },
    {
      message: 'annotations: a key must have at most 317 characters',
      bad: [318, 100_000].map(longKey).map(annotations),
      good: [annotations(longKey(317))],
    },
    {
      message: 'immutable: not allowed with creationPolicy Merge, because another owner manages the Secret',
      bad: [merge({ immutable: true })],
      good: [merge({ immutable: false }), merge({}), ofTarget({ creationPolicy: 'Owner', immutable: true }), ofTarget({ immutable: true })],
    },
    {
      message: 'recreate: not allowed with creationPolicy Merge, because another owner manages the Secret',
      bad: [merge({ recreate: true })],
      good: [merge({ recreate: false }), ofTarget({ creationPolicy: 'Orphan', recreate: true }), ofTarget({ recreate: true })],
    },
    {
      message: 'template.type: not allowed with creationPolicy Merge, because the Secret keeps its type',
      bad: [merge({ template: { type: 'Opaque' } })],
      good: [
        merge({ template: { metadata: { labels: { app: 'x' } } } }),
        ofTarget({ creationPolicy: 'Owner', template: { type: 'Opaque' } }),
      ],
    },
    {
      message: 'name: keytender-digest-key is reserved',
      bad: [ofTarget({ name: 'keytender-digest-key' })],
      good: [ofTarget({ name: 'keytender-digest-key-2' })],
    },
    {
      message: 'data or dataFrom is required',
      bad: [{ secretStoreRef }, { secretStoreRef, data: [] }, { secretStoreRef, data: [], dataFrom: [] }],
      good: [
        small,
        { secretStoreRef, data: [], dataFrom: [{ extract: { key: 'orders' } }] },
        { secretStoreRef, dataFrom: [{ extract: { key: 'orders' } }] },
      ],
    },
    {
      message: 'restart: not allowed with creationPolicy None, which writes no Secret',
      bad: [{ ...ofTarget({ creationPolicy: 'None' }), restart }],
      good: [{ ...small, restart }, { ...ofTarget({ creationPolicy: 'Merge' }), restart }, ofTarget({ creationPolicy: 'None' })],
    },
    {
      message: 'targets: required with mode Targets, which is the default',
      bad: [ofRestart({}), ofRestart({ mode: 'Targets' }), ofRestart({ suspend: true })],
      good: [ofRestart({ mode: 'Discover' }), ofRestart({ mode: 'None' }), ofRestart({ mode: 'Targets', targets: [orders] })],
    },
    {
      message: 'targets: not allowed with mode Discover, which finds the workloads',
      bad: [ofRestart({ mode: 'Discover', targets: [orders] })],
      good: [ofRestart({ mode: 'None', targets: [orders] }), ofRestart({ targets: [orders] })],
    },
    {
      message: 'targets: two entries name the same workload',
      bad: [ofRestart({ targets: [orders, orders] }), ofRestart({ targets: [selecting, orders, selecting, orders] })],
      good: [
        ofRestart({ targets: [orders, { ...orders, kind: 'StatefulSet' }, { ...orders, name: 'billing' }] }),
        ofRestart({ targets: [selecting, selecting] }),
      ],
    },
    {
      message: 'name: set either name or selector',
      bad: [ofRestart({ targets: [{ kind: 'Deployment' }] }), ofRestart({ targets: [{ ...orders, ...selecting }] })],
      good: [ofRestart({ targets: [orders, selecting] })],
    },
    {
      message: 'selector: matchLabels or matchExpressions is required',
      bad: [{}, { matchLabels: {} }, { matchExpressions: [] }].map(ofSelector),
      good: [{ matchLabels: { app: 'x' } }, { matchExpressions: [{ key: 'app', operator: 'Exists' }] }].map(ofSelector),
    },
    {
      message: 'values: required with In and NotIn, not allowed with Exists and DoesNotExist',
      bad: [
        { key: 'app', operator: 'In' },
        { key: 'app', operator: 'NotIn', values: [] },
        { key: 'app', operator: 'Exists', values: ['x'] },
        { key: 'app', operator: 'DoesNotExist', values: ['x'] },
      ].map(ofRequirement),
      good: [
        { key: 'app', operator: 'In', values: ['x'] },
        { key: 'app', operator: 'DoesNotExist' },
        { key: 'app', operator: 'Exists', values: [] },
      ].map(ofRequirement),
    },
    {
      message: 'matchLabels: a key must have at most 317 characters',
      bad: [318, 100_000].map((length) => ofSelector({ matchLabels: { [longKey(length)]: 'x' } })),
      good: [ofSelector({ matchLabels: { [longKey(317)]: 'x' } })],
    },
    {
      message: 'waves: only one wave may be without a selector',
      bad: [ofRestart({ targets: [orders], waves: [{ name: 'a' }, { name: 'b' }] })],
      good: [ofRestart({ targets: [orders], waves: [{ name: 'a', selector: { matchLabels: { app: 'x' } } }, { name: 'b' }] })],
    },
  ] as const
).map((sample) => ({ kind: 'ExternalSecret', ...sample }));

type BothWays = {
  readonly secretRef: Json;
  readonly jwt: Json;
};

/** The rules on `provider.aws`, which both kinds of store share; `auth` is what the kind takes, either way. */
function providerRules(kind: 'SecretStore' | 'ClusterSecretStore', auth: BothWays): RuleSample[] {
  const plain = { service: 'SecretsManager', region: 'us-east-1' };
  const role = 'arn:aws:iam::123456789012:role/reader';
  const aws = (more: JsonObject): JsonObject => ({ provider: { aws: { ...plain, ...more } } });
  const sessionTags = [{ key: 'team', value: 'shop' }];
  return (
    [
      {
        message: 'auth: exactly one of secretRef and jwt',
        bad: [aws({ auth: {} }), aws({ auth })],
        good: [aws({ auth: { secretRef: auth.secretRef } }), aws({ auth: { jwt: auth.jwt } }), aws({})],
      },
      {
        message: 'prefix: names of parameters may contain only letters, digits, "/", "_", "." and "-"',
        bad: ['a@b/', 'team+shop/', 'x='].map((prefix) => aws({ service: 'ParameterStore', prefix })),
        good: [
          aws({ service: 'ParameterStore', prefix: '/production/shop_1.a-b/' }),
          aws({ prefix: 'a@b/' }),
          aws({ service: 'ParameterStore' }),
        ],
      },
      { message: 'externalID: requires role', bad: [aws({ externalID: 'shop' })], good: [aws({ externalID: 'shop', role })] },
      {
        message: 'sessionTags: requires role',
        bad: [aws({ sessionTags })],
        good: [aws({ sessionTags, role }), aws({ sessionTags: [] })],
      },
      {
        message: 'additionalRoles: requires role',
        bad: [aws({ additionalRoles: [role] })],
        good: [aws({ additionalRoles: [role], role }), aws({ additionalRoles: [] })],
      },
      {
        message: 'transitiveTagKeys: each must be the key of a session tag',
        bad: [
          aws({ role, transitiveTagKeys: ['team'] }),
          aws({ role, sessionTags, transitiveTagKeys: ['team', 'stage'] }),
          aws({ role, sessionTags: [], transitiveTagKeys: ['team'] }),
        ],
        good: [aws({ role, sessionTags, transitiveTagKeys: ['team'] }), aws({ role, sessionTags, transitiveTagKeys: [] })],
      },
    ] as const
  ).map((sample) => ({ kind, ...sample }));
}

const ref = (more: JsonObject = {}): JsonObject => ({ name: 'credentials', key: 'id', ...more });
const shop = { namespace: 'shop' };
const withAuth = (auth: Json): JsonObject => ({ provider: { aws: { service: 'SecretsManager', region: 'us-east-1', auth } } });
const secretRef = (id: JsonObject, key: JsonObject, token?: JsonObject): JsonObject =>
  withAuth({
    secretRef: {
      accessKeyIDSecretRef: id,
      secretAccessKeySecretRef: key,
      ...(token === undefined ? {} : { sessionTokenSecretRef: token }),
    },
  });
const account = (more: JsonObject): JsonObject => withAuth({ jwt: { serviceAccountRef: { name: 'reader', ...more } } });

const storeReferences: readonly RuleSample[] = [
  {
    kind: 'SecretStore',
    message: 'provider.aws.auth.secretRef: a SecretStore may refer only to Secrets in its own namespace; remove namespace',
    bad: [secretRef(ref(shop), ref()), secretRef(ref(), ref(shop)), secretRef(ref(), ref(), ref(shop))],
    good: [secretRef(ref(), ref()), secretRef(ref(), ref(), ref())],
  },
  {
    kind: 'SecretStore',
    message:
      'provider.aws.auth.jwt.serviceAccountRef: a SecretStore may refer only to ServiceAccounts in its own namespace; remove namespace',
    bad: [account(shop)],
    good: [account({})],
  },
  {
    kind: 'ClusterSecretStore',
    message: 'provider.aws.auth.secretRef: a ClusterSecretStore must name the namespace of each Secret',
    bad: [secretRef(ref(), ref(shop)), secretRef(ref(shop), ref()), secretRef(ref(shop), ref(shop), ref())],
    good: [secretRef(ref(shop), ref(shop)), secretRef(ref(shop), ref(shop), ref(shop))],
  },
  {
    kind: 'ClusterSecretStore',
    message: 'provider.aws.auth.jwt.serviceAccountRef: a ClusterSecretStore must name the namespace of the ServiceAccount',
    bad: [account({})],
    good: [account(shop)],
  },
];

const withEvents = (events: JsonObject): JsonObject => ({ provider: { aws: { service: 'SecretsManager', region: 'us-east-1' } }, events });
const sqs = { queueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/keytender' };

const storeEvents: readonly RuleSample[] = (['SecretStore', 'ClusterSecretStore'] as const).map((kind) => ({
  kind,
  message: 'events: set sqs, maxAge or both',
  bad: [withEvents({})],
  good: [withEvents({ sqs }), withEvents({ maxAge: '1h' }), withEvents({ sqs, maxAge: '1h' })],
}));

const detecting = (service: string): JsonObject => ({
  provider: { aws: { service, region: 'us-east-1' } },
  changeDetection: { type: 'List', maxAge: '15m' },
});

const changeDetection: readonly RuleSample[] = (['SecretStore', 'ClusterSecretStore'] as const).map((kind) => ({
  kind,
  message: 'changeDetection: type List requires the service SecretsManager',
  bad: [detecting('ParameterStore')],
  good: [detecting('SecretsManager')],
}));

const allowing = (...allowedKeys: readonly string[]): JsonObject => ({
  provider: { aws: { service: 'SecretsManager', region: 'us-east-1' } },
  allowedKeys,
});
const partOfArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:a';

const allowedKeys: readonly RuleSample[] = (['SecretStore', 'ClusterSecretStore'] as const).flatMap((kind) => [
  {
    kind,
    message: 'allowedKeys: a pattern with a colon is for ARNs; it must begin with arn: and have all six parts',
    bad: [
      allowing('a:3'),
      allowing('*:a'),
      allowing('b', 'arn:*'),
      allowing('arn:aws:ssm::123456789012:parameter/a'),
      allowing('ARN:a:b:c:d:e'),
    ],
    good: [allowing('a'), allowing('arn*'), allowing('b', partOfArn), allowing('arn:*:*:*:*:*')],
  },
  {
    kind,
    message: 'allowedKeys: a pattern must not have a "?" between two "*"',
    bad: [allowing('*a?b*'), allowing('b', `${partOfArn}*?*`)],
    good: [allowing('?*?'), allowing('a?b*c*d?'), allowing('arn:aws:*:?:*:secret:a*')],
  },
]);

type StoreWithAuth = { readonly provider: { readonly aws: { readonly auth: { readonly secretRef?: Json; readonly jwt?: Json } } } };

function authOf({ secretRef, serviceAccount }: { readonly secretRef: StoreWithAuth; readonly serviceAccount: StoreWithAuth }): BothWays {
  return { secretRef: secretRef.provider.aws.auth.secretRef ?? {}, jwt: serviceAccount.provider.aws.auth.jwt ?? {} };
}

export const ruleSamples: readonly RuleSample[] = [
  ...externalSecret,
  ...providerRules('SecretStore', authOf(secretStores)),
  ...providerRules('ClusterSecretStore', authOf(clusterSecretStores)),
  ...storeReferences,
  ...storeEvents,
  ...changeDetection,
  ...allowedKeys,
];
