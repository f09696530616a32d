// Objects that the API server accepts, with every field of their kind set. The tests change one field at a time.

export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

const remoteRef = {
  key: 'production/database/orders',
  property: 'password',
  version: 'AWSCURRENT',
  metadataPolicy: 'None',
  decodingStrategy: 'None',
};

/** The smallest ExternalSecret. */
export const smallExternalSecret = {
  secretStoreRef: { name: 'aws' },
  data: [{ secretKey: 'password', remoteRef: { key: 'orders' } }],
} satisfies JsonObject;

const selector = { matchLabels: { app: 'orders' }, matchExpressions: [{ key: 'stage', operator: 'In', values: ['canary'] }] };

export const fullExternalSecret = {
  secretStoreRef: { name: 'aws', kind: 'SecretStore' },
  refreshPolicy: 'Periodic',
  refreshInterval: '1h30m',
  target: {
    name: 'orders',
    creationPolicy: 'Owner',
    deletionPolicy: 'Retain',
    immutable: true,
    recreate: true,
    template: { type: 'Opaque', metadata: { labels: { app: 'orders' }, annotations: { team: 'shop' } } },
  },
  data: [{ secretKey: 'password', remoteRef }],
  dataFrom: [{ extract: remoteRef }],
  restart: {
    mode: 'Targets',
    targets: [{ kind: 'Deployment', name: 'orders' }],
    keys: ['password'],
    settle: '10s',
    minInterval: '1m',
    maxConcurrent: 10,
    windows: [{ cron: '0 2 * * SAT', timeZone: 'Europe/Berlin', duration: '3h' }],
    missed: 'NextWindow',
    waves: [{ name: 'canary', selector, soak: '5m' }, { name: 'rest' }],
    suspend: false,
    dryRun: false,
    maxFailures: 0,
    onFailure: 'Halt',
    timeout: '10m',
  },
  suspend: false,
} satisfies JsonObject;

/** With restarts of what a selector selects. */
export const selectingExternalSecret = {
  ...smallExternalSecret,
  restart: { targets: [{ kind: 'Rollout', selector }] },
} satisfies JsonObject;

const aws = {
  service: 'SecretsManager',
  region: 'eu-central-1',
  prefix: 'production/',
  role: 'arn:aws:iam::123456789012:role/reader',
  additionalRoles: ['arn:aws:iam::123456789012:role/path/first'],
  externalID: 'keytender',
  sessionTags: [{ key: 'team', value: 'shop' }],
  transitiveTagKeys: ['team'],
};

function secretRefAuth(namespace: JsonObject): JsonObject {
  const ref = (key: string): JsonObject => ({ name: 'credentials', key, ...namespace });
  return {
    secretRef: {
      accessKeyIDSecretRef: ref('id'),
      secretAccessKeySecretRef: ref('key'),
      sessionTokenSecretRef: ref('token'),
    },
  };
}

function accountAuth(namespace: JsonObject): JsonObject {
  return { jwt: { serviceAccountRef: { name: 'reader', audiences: ['sts.amazonaws.com'], ...namespace } } };
}

const inShop = { namespace: 'shop' };
const conditions = [
  {
    namespaceSelector: { matchLabels: { team: 'shop' }, matchExpressions: [{ key: 'stage', operator: 'In', values: ['production'] }] },
    namespaces: ['shop'],
    namespaceRegexes: ['shop-.*'],
  },
];

/** One of each way to authenticate: a store has at most one. */
const changeDetection = { type: 'List', maxAge: '15m' };
const events = { sqs: { queueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/keytender' }, maxAge: '1h' };

const allowedKeys = ['${namespace}/*', 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:${namespace}/*'];

export const secretStores = {
  operatorIdentity: { provider: { aws: { service: 'SecretsManager', region: 'us-east-1' } } },
  secretRef: { provider: { aws: { ...aws, auth: secretRefAuth({}) } } },
  serviceAccount: { provider: { aws: { ...aws, auth: accountAuth({}) } }, allowedKeys, events, changeDetection },
} satisfies Record<string, JsonObject>;

export const clusterSecretStores = {
  operatorIdentity: { provider: { aws: { service: 'SecretsManager', region: 'us-east-1' } } },
  secretRef: { provider: { aws: { ...aws, auth: secretRefAuth(inShop) } }, conditions },
  serviceAccount: { provider: { aws: { ...aws, auth: accountAuth(inShop) } }, allowedKeys, conditions, events, changeDetection },
} satisfies Record<string, JsonObject>;

/** Texts for and against each pattern of the API. */
export const patternSamples: readonly { readonly field: RegExp; readonly good: readonly string[]; readonly bad: readonly string[] }[] = [
  {
    field: /\.secretKey$|SecretRef\.key$|restart\.keys\[\]$/,
    good: ['a', 'tls.crt', '.dockerconfigjson', 'A_b-9', '..data', '__proto__'],
    bad: ['a/b', 'a b', 'schlüssel', 'a\n', 'a$'],
  },
  {
    field: /refreshInterval$|\.maxAge$|\.(settle|minInterval|timeout|soak|duration)$/,
    good: ['0', '0s', '5m', '1h30m', '1.5h', '250µs', '10ms'],
    bad: ['5', '-5m', '1d', '5 m', '5M', '.5s', '1.s', 'm', '5m\n', 'P1D'],
  },
  {
    field: /\.namespace$|\.namespaces\[\]$|waves\[\]\.name$/,
    good: ['a', 'shop-1', '9'],
    bad: ['A', 'a.b', '-a', 'a-', 'a_b', 'a b', 'a\n'],
  },
  {
    field: /\.(name|kind)$/,
    good: ['a', 'a.b', 'a-1.b-2', '9'],
    bad: ['A', '-a', 'a-', 'a..b', '.a', 'a.', 'a_b', 'a/b', '../a', 'a\n', 'ä'],
  },
  {
    field: /\.region$/,
    good: ['us-east-1', 'us-gov-west-1', 'cn-northwest-1', 'us-iso-east-1', 'eusc-de-east-1', 'ap-southeast-7', 'mx-central-1'],
    bad: ['US-EAST-1', 'us-east', 'useast1', 'us_east_1', 'us-east-1a', 'us-east-1.evil.example', 'us-east-1\n'],
  },
  { field: /\.prefix$/, good: ['production/', 'a', '/a/b', 'team+shop=x@y_z.'], bad: ['a b', 'a*', 'ü/', 'a:b', 'a\n'] },
  {
    field: /\.role$|additionalRoles\[\]$/,
    good: [
      'arn:aws:iam::123456789012:role/a',
      'arn:aws-us-gov:iam::123456789012:role/path/to/x+=,.@-_',
      'arn:aws-cn:iam::123456789012:role/x',
    ],
    bad: [
      'arn:aws:iam::12345678901:role/reader',
      'arn:aws:iam::123456789012:user/reader',
      'arn:aws:sts::123456789012:assumed-role/reader/x',
      'arn:aws:iam::123456789012:role/',
      'arn:aws:iam::123456789012:role/a b',
      'reader-role-without-an-arn',
      'arn:aws:iam::123456789012:role/reader\n',
    ],
  },
  {
    field: /\.queueUrl$/,
    good: ['https://sqs.us-east-1.amazonaws.com/123456789012/keytender', 'http://localhost:4566/000000000000/a_b-C9'],
    bad: [
      'https://sqs.us-east-1.amazonaws.com/123456789012/keytender.fifo',
      'https://sqs.us-east-1.amazonaws.com/12345/keytender',
      'https://user:pass@host/123456789012/a',
      'sqs://host/123456789012/a',
      'https://host/123456789012/a/b',
      'https://host/123456789012/a\n',
    ],
  },
  {
    field: /\.allowedKeys\[\]$/,
    good: [
      '*',
      'a',
      '${namespace}/*',
      '/a/${namespace}/b-??????',
      'a+b=c.d@e_f',
      'rds!db-*',
      'arn:aws:ssm:*:123456789012:parameter/${namespace}/*',
    ],
    bad: ['$namespace', '${name}', '${namespace', '{namespace}', 'a b', 'a|b', '[ab]', 'ü', 'a\n'],
  },
  { field: /\.externalID$/, good: ['ab', 'Team:shop/1+=,.@-_'], bad: ['a b', 'ab\n', 'ab*', 'äb'] },
];
