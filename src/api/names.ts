/** Every name that Keytender puts into a cluster, as one data object: no other file knows a literal of them. */
const GROUP = 'keytender.dev';

/** What a client needs to address objects of one kind. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export interface CustomResourceNames extends ResourceType {
  readonly singular: string;
  readonly shortNames: readonly string[];
}

export const names = {
  group: GROUP,
  category: 'keytender',
  fieldManager: 'keytender',
  kinds: {
    externalSecret: {
      group: GROUP,
      version: 'v1',
      kind: 'ExternalSecret',
      plural: 'externalsecrets',
      singular: 'externalsecret',
      shortNames: ['kes'],
      namespaced: true,
    },
    secretStore: {
      group: GROUP,
      version: 'v1',
      kind: 'SecretStore',
      plural: 'secretstores',
      singular: 'secretstore',
      shortNames: ['kss'],
      namespaced: true,
    },
    clusterSecretStore: {
      group: GROUP,
      version: 'v1',
      kind: 'ClusterSecretStore',
      plural: 'clustersecretstores',
      singular: 'clustersecretstore',
      shortNames: ['kcss'],
      namespaced: false,
    },
  },
  labels: {
    /** On every Secret that Keytender writes to; the Secret watch selects by it. */
    managed: `${GROUP}/managed`,
  },
  annotations: {
    /** On an ExternalSecret: any new value causes one refresh past caches and retry delays. */
    forceSync: `${GROUP}/force-sync`,
    /** On the Lease: until when all that was due is done, for whoever leads next. */
    doneUntil: `${GROUP}/done-until`,
    /** Prefix of the records on a Secret, one for each ExternalSecret that writes to it: `record.keytender.dev/<uid>`. */
    recordPrefix: `record.${GROUP}/`,
    /** Prefix of the markers on pod templates, one for each source Secret. */
    restartPrefix: `restart.${GROUP}/`,
    /** Hash of the generated schema, on the CustomResourceDefinitions. */
    schema: `${GROUP}/schema`,
  },
  /** Every label and annotation of Keytender ends in this, before the slash. Users may not set them in templates. */
  reservedDomain: GROUP,
  /** The Secret with the installation's digest key, in the operator's namespace. */
  digestKeySecret: 'keytender-digest-key',
  leaseName: 'keytender',
  controller: 'keytender',
} as const;

/** Kinds of Kubernetes' own groups that Keytender reads or writes. */
export const builtin = {
  secret: { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true },
  serviceAccount: { group: '', version: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true },
  namespace: { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
  pod: { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true },
  event: { group: 'events.k8s.io', version: 'v1', kind: 'Event', plural: 'events', namespaced: true },
  lease: { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', namespaced: true },
  deployment: { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true },
  statefulSet: { group: 'apps', version: 'v1', kind: 'StatefulSet', plural: 'statefulsets', namespaced: true },
  daemonSet: { group: 'apps', version: 'v1', kind: 'DaemonSet', plural: 'daemonsets', namespaced: true },
  replicaSet: { group: 'apps', version: 'v1', kind: 'ReplicaSet', plural: 'replicasets', namespaced: true },
  controllerRevision: { group: 'apps', version: 'v1', kind: 'ControllerRevision', plural: 'controllerrevisions', namespaced: true },
  customResourceDefinition: {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    namespaced: false,
  },
} as const satisfies Record<string, ResourceType>;

/** `group/version`, or `v1` for the core group. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}
