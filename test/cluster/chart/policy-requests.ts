// Requests for the tests of the admission policies. Each has the expected part of the refusal, or none if it must pass.
import { RELEASE_NAMESPACE } from '../../support/chart.ts';

interface SecretBody {
  readonly metadata: {
    /** Undefined: any name. */
    readonly name?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly object[];
    readonly finalizers?: readonly string[];
  };
  readonly type?: string;
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
}

export interface SecretBefore {
  /** Undefined: the tenant's. */
  readonly namespace?: string;
  readonly body: SecretBody;
}

interface Expected {
  readonly refusal?: string;
}

const LABELS = { 'keytender.dev/managed': 'true' };
/** Stands for the uid of the ExternalSecret "orders", which is known only when there is one: an object whose owner is not there is collected. */
export const UID = '6a2b0c1e-0000-4000-8000-000000000001';
/** Of nothing that is there. */
const GONE = '6a2b0c1e-0000-4000-8000-000000000002';
const RECORD = `record.keytender.dev/${UID}`;
const DIGEST_KEY = 'keytender-digest-key';
const CONTENT = { writer: 'orders', generation: 1, inputs: 'i', content: 'c', sources: [{ key: 'x"keys":[', versionId: 'v' }] };
const MADE = { labels: LABELS, annotations: { [RECORD]: JSON.stringify(CONTENT) } };
const MERGED = { labels: LABELS, annotations: { [RECORD]: JSON.stringify({ ...CONTENT, keys: ['value'] }) } };
const OWNER = { apiVersion: 'keytender.dev/v1', kind: 'ExternalSecret', name: 'orders', uid: UID };
const CONTROLLER = { ...OWNER, controller: true };
const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: GONE };
const DATA = { value: 'eA==' };
/** Keys that the API server asks for in Secrets of these types. */
const SERVICE_ACCOUNT_TOKEN = { type: 'kubernetes.io/service-account-token' };
const OF_ACCOUNT = { 'kubernetes.io/service-account.name': 'reader' };
const THEIRS = 'may not take over a Secret of another owner';
const UNMARKED = 'needs the label keytender.dev/managed and the record';
const RESERVED_TYPE = 'are an identity or belong to Helm';
const PROTECTED = 'in this namespace the operator may only write Secrets';

export const createRequests: Readonly<Record<string, SecretBefore & Expected>> = {
  'with label and record': { body: { metadata: MADE, data: DATA } },
  'with an ExternalSecret as its owner': { body: { metadata: { ...MADE, ownerReferences: [OWNER] }, data: DATA } },
  'with label and record, in the namespace of the release': { namespace: RELEASE_NAMESPACE, body: { metadata: MADE } },
  'the digest key': { namespace: RELEASE_NAMESPACE, body: { metadata: { name: DIGEST_KEY }, immutable: true, data: DATA } },
  'the name of the digest key elsewhere': { body: { metadata: { name: DIGEST_KEY }, data: DATA }, refusal: UNMARKED },
  'another Secret of the release': { namespace: RELEASE_NAMESPACE, body: { metadata: {} }, refusal: UNMARKED },
  'without label': { body: { metadata: { annotations: MADE.annotations } }, refusal: UNMARKED },
  'without record': { body: { metadata: { labels: LABELS } }, refusal: UNMARKED },
  'with another value of the label': { body: { metadata: { ...MADE, labels: { 'keytender.dev/managed': 'no' } } }, refusal: UNMARKED },
  'a token of a ServiceAccount': {
    body: { metadata: { ...MADE, annotations: { ...MADE.annotations, ...OF_ACCOUNT } }, ...SERVICE_ACCOUNT_TOKEN },
    refusal: RESERVED_TYPE,
  },
  'a bootstrap token': {
    namespace: 'kube-system',
    body: { metadata: MADE, type: 'bootstrap.kubernetes.io/token' },
    refusal: RESERVED_TYPE,
  },
  'a release of Helm': { body: { metadata: MADE, type: 'helm.sh/release.v1' }, refusal: RESERVED_TYPE },
  'with another owner': {
    body: { metadata: { ...MADE, ownerReferences: [CONFIG_MAP] } },
    refusal: 'only an ExternalSecret may become an owner',
  },
  'with a finalizer': { body: { metadata: { ...MADE, finalizers: ['example.com/x'] } }, refusal: 'finalizers may not be changed' },
};

const MINE: SecretBefore = { body: { metadata: MADE, data: DATA } };
const OTHERS: SecretBefore = { body: { metadata: {}, data: { own: 'eQ==' } } };
const FULL: SecretBefore = {
  body: {
    metadata: {
      ...MERGED,
      annotations: {
        ...MERGED.annotations,
        'record.keytender.dev/long': JSON.stringify({ ...CONTENT, inputs: 'x'.repeat(200_000) }),
        ...Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`record.keytender.dev/${index}`, '{"keys":[]}'])),
      },
    },
  },
};
const MERGED_BEFORE: SecretBefore = { body: { metadata: MERGED, data: { ...DATA, own: 'eQ==' } } };
const DIGEST_KEY_BEFORE: SecretBefore = { namespace: RELEASE_NAMESPACE, body: { metadata: { name: DIGEST_KEY }, data: DATA } };

export const updateRequests: Readonly<Record<string, { readonly before: SecretBefore; readonly patch: object } & Expected>> = {
  'the data of one that was made': { before: MINE, patch: { data: { value: 'eg==', other: 'eg==' } } },
  'one that was made, in the namespace of the release': {
    before: { ...MINE, namespace: RELEASE_NAMESPACE },
    patch: { data: { value: 'eg==' } },
  },
  'one that was made, in a protected namespace': { before: { ...MINE, namespace: 'kube-system' }, patch: { data: { value: 'eg==' } } },
  'one that was made gets an owner, and is frozen': {
    before: MINE,
    patch: { metadata: { ownerReferences: [CONTROLLER] }, immutable: true },
  },
  'one that was made gets its label back': {
    before: { body: { metadata: { annotations: MADE.annotations } } },
    patch: { metadata: { labels: LABELS } },
  },
  'one with an owner gets label and record back': {
    before: { body: { metadata: { ownerReferences: [CONTROLLER] } } },
    patch: { metadata: MADE },
  },
  'one that was made by an ExternalSecret that is gone': {
    before: MINE,
    patch: { metadata: { annotations: { [RECORD]: null, 'record.keytender.dev/next': MADE.annotations[RECORD] } } },
  },
  'one that was made, with as much in annotations as the API server takes': { before: FULL, patch: { data: { value: 'eg==' } } },
  'one that was made loses its record': { before: MINE, patch: { metadata: { annotations: { [RECORD]: null } } }, refusal: UNMARKED },
  'one that was made gets another owner': {
    before: MINE,
    patch: { metadata: { ownerReferences: [CONFIG_MAP] } },
    refusal: 'only an ExternalSecret may become an owner',
  },
  'one that was made gets a finalizer': {
    before: MINE,
    patch: { metadata: { finalizers: ['example.com/x'] } },
    refusal: 'finalizers may not be changed',
  },
  'the first Merge': { before: OTHERS, patch: { metadata: MERGED, data: DATA } },
  'a later Merge': { before: MERGED_BEFORE, patch: { data: { value: 'eg==' } } },
  'data of others without a record': { before: OTHERS, patch: { data: { own: 'eg==' } }, refusal: UNMARKED },
  "others' as if it had been made": { before: OTHERS, patch: { metadata: MADE }, refusal: THEIRS },
  'merged as if it had been made': { before: MERGED_BEFORE, patch: { metadata: MADE }, refusal: THEIRS },
  "others' gets an ExternalSecret as controller": {
    before: OTHERS,
    patch: { metadata: { ...MERGED, ownerReferences: [CONTROLLER] } },
    refusal: THEIRS,
  },
  "others' gets an owner that is gone": {
    before: OTHERS,
    patch: { metadata: { ...MERGED, ownerReferences: [CONFIG_MAP] } },
    refusal: 'only an ExternalSecret may become an owner',
  },
  "others' gets an ExternalSecret that is gone as its owner": {
    before: OTHERS,
    patch: { metadata: { ...MERGED, ownerReferences: [{ ...OWNER, uid: GONE }] } },
    refusal: 'only an ExternalSecret may become an owner, and only of Secrets that Keytender created for one',
  },
  "others' loses an owner": {
    before: { body: { metadata: { ...MERGED, ownerReferences: [OWNER] } } },
    patch: { metadata: { ownerReferences: null } },
    refusal: 'owners other than an ExternalSecret may not be removed',
  },
  'one that was made loses its owner': {
    before: { body: { metadata: { ...MADE, ownerReferences: [OWNER] } } },
    patch: { metadata: { ownerReferences: null } },
  },
  "others' is frozen": {
    before: OTHERS,
    patch: { metadata: MERGED, immutable: true },
    refusal: 'may not make a Secret of another owner immutable',
  },
  'Merge in a protected namespace': { before: { ...OTHERS, namespace: 'kube-system' }, patch: { metadata: MERGED }, refusal: PROTECTED },
  'Merge in the namespace of the release': {
    before: { ...OTHERS, namespace: RELEASE_NAMESPACE },
    patch: { metadata: MERGED },
    refusal: PROTECTED,
  },
  'Merge into the digest key': { before: DIGEST_KEY_BEFORE, patch: { metadata: MERGED }, refusal: PROTECTED },
  'Merge into a token': {
    before: { body: { metadata: { annotations: OF_ACCOUNT }, ...SERVICE_ACCOUNT_TOKEN } },
    patch: { metadata: MERGED },
    refusal: RESERVED_TYPE,
  },
  'Merge into a release of Helm': {
    before: { body: { metadata: {}, type: 'helm.sh/release.v1' } },
    patch: { metadata: MERGED },
    refusal: RESERVED_TYPE,
  },
};

const NOT_MADE = 'the operator may only delete Secrets that it created for an ExternalSecret';

export const deleteRequests: Readonly<Record<string, { readonly before: SecretBefore } & Expected>> = {
  'one that was made': { before: MINE },
  'one with an ExternalSecret as controller': { before: { body: { metadata: { labels: LABELS, ownerReferences: [CONTROLLER] } } } },
  "others'": { before: OTHERS, refusal: NOT_MADE },
  "others' with the label": { before: { body: { metadata: { labels: LABELS } } }, refusal: NOT_MADE },
  'merged into': { before: MERGED_BEFORE, refusal: NOT_MADE },
  'the digest key': { before: DIGEST_KEY_BEFORE, refusal: NOT_MADE },
};

interface TokenSpec {
  readonly audiences?: readonly string[];
  readonly expirationSeconds?: number;
  readonly boundObjectRef?: object;
}

const WRONG_AUDIENCE = 'only for the audiences in serviceAccountTokens.audiences';

export const tokenRequests: Readonly<Record<string, { readonly spec: TokenSpec } & Expected>> = {
  'for STS, an hour': { spec: { audiences: ['sts.amazonaws.com'], expirationSeconds: 3_600 } },
  'for STS in China': { spec: { audiences: ['sts.amazonaws.com.cn'] } },
  'for the API server, which is meant when none is named': { spec: {}, refusal: WRONG_AUDIENCE },
  'for an empty list': { spec: { audiences: [] }, refusal: WRONG_AUDIENCE },
  'for somebody else': { spec: { audiences: ['vault'] }, refusal: WRONG_AUDIENCE },
  'for STS and somebody else': { spec: { audiences: ['sts.amazonaws.com', 'vault'] }, refusal: WRONG_AUDIENCE },
  'for a day': { spec: { audiences: ['sts.amazonaws.com'], expirationSeconds: 86_400 }, refusal: 'not be valid for more than an hour' },
  'bound to a Secret': {
    spec: { audiences: ['sts.amazonaws.com'], boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 'any', uid: UID } },
    refusal: 'tokens may not be bound',
  },
};

export type WorkloadKind = 'deployments' | 'statefulsets' | 'daemonsets';

function workload(kind: string, name: string, more: object = {}): object {
  const labels = { app: name };
  const metadata = { labels, annotations: { note: 'a', 'restart.keytender.dev/gone': 'x' } };
  const template = { metadata, spec: { containers: [{ name: 'main', image: 'registry.invalid/none' }] } };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, labels, annotations: { note: 'a' } },
    spec: { selector: { matchLabels: labels }, template, ...more },
  };
}

export const workloads: Readonly<Record<WorkloadKind, (name: string) => object>> = {
  deployments: (name) => workload('Deployment', name, { replicas: 0 }),
  statefulsets: (name) => workload('StatefulSet', name, { replicas: 0, serviceName: name }),
  daemonsets: (name) => workload('DaemonSet', name),
};

const ofTemplate = (metadata: object): object => ({ spec: { template: { metadata } } });
const ofPod = (spec: object): object => ({ spec: { template: { spec } } });
const ofContainer = (fields: object): object => ofPod({ containers: [{ name: 'main', image: 'registry.invalid/none', ...fields }] });
const MARKERS_ONLY = 'the operator may change only the restart markers';

export const workloadRequests: Readonly<Record<string, { readonly patch: object } & Expected>> = {
  'a restart marker': { patch: ofTemplate({ annotations: { 'restart.keytender.dev/orders': 'k:1' } }) },
  'a restart marker of a ConfigMap': { patch: ofTemplate({ annotations: { 'restart-configmap.keytender.dev/orders': 'k:1' } }) },
  'a restart marker that is taken out': { patch: ofTemplate({ annotations: { 'restart.keytender.dev/gone': null } }) },
  'an image': { patch: ofContainer({ image: 'registry.invalid/other' }), refusal: MARKERS_ONLY },
  'a command': { patch: ofContainer({ command: ['sh'] }), refusal: MARKERS_ONLY },
  'a ServiceAccount': { patch: ofPod({ serviceAccountName: 'admin' }), refusal: MARKERS_ONLY },
  'a volume of the host': { patch: ofPod({ volumes: [{ name: 'host', hostPath: { path: '/' } }] }), refusal: MARKERS_ONLY },
  'another field of the specification': { patch: { spec: { minReadySeconds: 5 } }, refusal: MARKERS_ONLY },
  'a label of the template': { patch: ofTemplate({ labels: { tier: 'x' } }), refusal: MARKERS_ONLY },
  'another annotation of the template': { patch: ofTemplate({ annotations: { other: 'x' } }), refusal: MARKERS_ONLY },
  'a changed annotation of the template': { patch: ofTemplate({ annotations: { note: 'b' } }), refusal: MARKERS_ONLY },
  'an annotation of the template that is taken out': { patch: ofTemplate({ annotations: { note: null } }), refusal: MARKERS_ONLY },
  'a label': { patch: { metadata: { labels: { tier: 'x' } } }, refusal: 'metadata of a workload' },
  'an annotation': { patch: { metadata: { annotations: { note: null } } }, refusal: 'metadata of a workload' },
  'an owner': { patch: { metadata: { ownerReferences: [CONFIG_MAP] } }, refusal: 'metadata of a workload' },
  'a finalizer': { patch: { metadata: { finalizers: ['example.com/x'] } }, refusal: 'metadata of a workload' },
};

const ROLLOUTS_ONLY = 'the operator may change only the restart markers and spec.restartAt of a Rollout';
const ROLLOUT_METADATA = 'the operator may change only the restart markers in the metadata of a Rollout';

/** Of Argo Rollouts, which has no policy for its own template. */
export function argoRollout(name: string): object {
  const labels = { app: name };
  const metadata = { labels, annotations: { note: 'a', 'restart.keytender.dev/gone': 'x' } };
  const template = { metadata, spec: { containers: [{ name: 'main', image: 'registry.invalid/none' }] } };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name, labels, annotations: { note: 'a' } }, spec };
}

export const rolloutRequests: Readonly<Record<string, { readonly patch: object } & Expected>> = {
  'a restart marker': { patch: ofTemplate({ annotations: { 'restart.keytender.dev/orders': 'k:1' } }) },
  'a restart marker that is taken out': { patch: ofTemplate({ annotations: { 'restart.keytender.dev/gone': null } }) },
  'restartAt, and markers on the Rollout itself': {
    patch: { metadata: { annotations: { 'restart.keytender.dev/orders': 'k:1' } }, spec: { restartAt: '2026-11-30T00:00:00Z' } },
  },
  'an image': { patch: ofContainer({ image: 'registry.invalid/other' }), refusal: ROLLOUTS_ONLY },
  'another field of the specification': { patch: { spec: { paused: true } }, refusal: ROLLOUTS_ONLY },
  'another annotation of the template': { patch: ofTemplate({ annotations: { other: 'x' } }), refusal: 'restart markers' },
  'a label of the template': { patch: ofTemplate({ labels: { tier: 'x' } }), refusal: 'restart markers' },
  'another annotation': { patch: { metadata: { annotations: { other: 'x' } } }, refusal: ROLLOUT_METADATA },
  'a label': { patch: { metadata: { labels: { tier: 'x' } } }, refusal: ROLLOUT_METADATA },
  'a finalizer': { patch: { metadata: { finalizers: ['example.com/x'] } }, refusal: ROLLOUT_METADATA },
};
