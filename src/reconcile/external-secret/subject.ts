/** One ExternalSecret with its entries, their stores and its cached target: the input of all later steps, computed once. Pure. */
import type { Dialect } from '../../api/dialect.ts';
import type { ExternalSecretObject, ExternalSecretSpec } from '../../api/schema/external-secret.ts';
import { valueIn } from '../../api/object/object.ts';
import type { HeldRecord, ManagedSecret } from '../../apply/managed-secret.ts';
import type { RecordedSource } from '../../apply/port.ts';
import { versionIdShownAs } from '../../aws/parameter-store/parameter-version.ts';
import { digestParts } from '../../base/digest.ts';
import type { Key } from '../../base/key.ts';
import type { Entry } from '../../resolve/entries/plan-references.ts';
import type { DependantKey } from '../../source/port.ts';
import { dependantKey } from '../../source/references/dependant.ts';
import type { ExternalSecretContext } from './context.ts';
import { refreshPolicyOf, type RefreshPolicy } from '../../api/refresh-policy.ts';
import { targetShapeHolds } from './target-shape.ts';

export interface Subject {
  readonly dialect: Dialect;
  readonly key: Key;
  /** Its key in the source engine. */
  readonly dependant: DependantKey;
  readonly resource: ExternalSecretObject;
  readonly spec: ExternalSecretSpec;
  readonly namespace: string;
  readonly generation: number;
  readonly policy: NonNullable<NonNullable<ExternalSecretSpec['target']>['creationPolicy']>;
  readonly secretName: string;
  readonly refresh: RefreshPolicy;
  /** Entries, each with its store. */
  readonly entries: readonly Entry[];
  /** Digest of all inputs of the content except AWS values. */
  readonly inputs: string;
  /** The cached target, and the record of this ExternalSecret on it. Both are absent with creationPolicy None. */
  readonly secret: ManagedSecret | undefined;
  readonly held: HeldRecord | undefined;
  readonly shapeHolds: boolean;
  /** The known versions of the values in the target. */
  readonly recorded: readonly RecordedSource[];
  /** Value of the force-sync annotation. */
  readonly forceSync: string | undefined;
  /** Whether no reconcile has used that value yet. */
  readonly forceDue: boolean;
}

export function targetName({ metadata }: ExternalSecretObject, { target }: ExternalSecretSpec): string {
  return target?.name ?? metadata.name;
}

/** `entries`: those of the specification. `secret`: the cached target. */
export function subjectOf(
  key: Key,
  resource: ExternalSecretObject,
  spec: ExternalSecretSpec,
  entries: readonly Entry[],
  secret: ManagedSecret | undefined,
  context: Pick<ExternalSecretContext, 'dialect' | 'controller' | 'defaultRefreshInterval' | 'digestKey'>,
): Subject {
  const { namespace = '', uid, generation = 0, annotations } = resource.metadata;
  const secretName = targetName(resource, spec);
  const policy = spec.target?.creationPolicy ?? 'Owner';
  const held = secret?.records.get(uid);
  const forceSync = valueOfForceSync(annotations, context.dialect.annotations.forceSync);
  return {
    dialect: context.dialect,
    key,
    dependant: dependantKey(context.controller, key),
    resource,
    spec,
    namespace,
    generation,
    policy,
    secretName,
    refresh: refreshPolicyOf(spec, context.defaultRefreshInterval),
    entries,
    inputs: digestParts(context.digestKey, [String(generation), ...storesOf(entries)]),
    secret,
    held,
    shapeHolds: secret !== undefined && targetShapeHolds(secret, spec, uid, context.dialect.labels),
    recorded: recordedVersions(policy, resource, held),
    forceSync,
    forceDue: forceSync !== undefined && forceSync !== resource.status?.forceSync,
  };
}

/** The stores of the entries, each once, in the order in which entries name them. */
function storesOf(entries: readonly Entry[]): readonly string[] {
  return [...new Set(entries.map(({ store }) => store))].flatMap(({ kind, uid, generation }) => [kind, uid, String(generation)]);
}

/** From the record on the Secret; from the status where no Secret is written. */
function recordedVersions(
  policy: Subject['policy'],
  resource: ExternalSecretObject,
  held: HeldRecord | undefined,
): readonly RecordedSource[] {
  return policy === 'None' ? sourcesOfStatus(resource) : (held?.record.sources ?? []);
}

/** The subject without its forced sync. */
export function unforced(subject: Subject): Subject {
  return { ...subject, forceSync: undefined, forceDue: false };
}

/** Maximum length of status.forceSync in code points, from its schema. Values that are equal up to this length count as equal. */
const MAX_FORCE_SYNC = 1_024;

function valueOfForceSync(annotations: Readonly<Record<string, string>> | undefined, forceSync: string): string | undefined {
  const value = valueIn(annotations, forceSync);
  // The value is shortened before it is split, because an annotation can have 256 KiB. A code point has at most two UTF-16 units.
  return value === undefined || value.length <= MAX_FORCE_SYNC
    ? value
    : Array.from(value.slice(0, 2 * MAX_FORCE_SYNC))
        .slice(0, MAX_FORCE_SYNC)
        .join('');
}

/** The versions in the Secret according to the status. */
export function sourcesOfStatus(resource: ExternalSecretObject): readonly RecordedSource[] {
  return (resource.status?.sources ?? []).map(({ key, store, stage, tags, versionId, createdDate }) => ({
    key,
    ...(store === undefined ? {} : { store }),
    versionId: versionIdShownAs(versionId, stage, createdDate),
    ...(stage === undefined ? {} : { stage }),
    ...(tags === true ? { tags } : {}),
    ...(createdDate === undefined ? {} : { createdDate }),
  }));
}
