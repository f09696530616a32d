/**
 * Plans one request to the API server from the live Secret and the wanted content. Pure. A new Secret is created by POST. A change is a
 * JSON merge patch with the observed resourceVersion and an explicit null for each removed key. A patch holds only the differences.
 */
import { failure, type Failure } from '../failure/failure.ts';
import { valueIn, type OwnerReference, type SecretObject } from '../api/object/object.ts';
import { annotationSizeProblem } from './annotation-size.ts';
import { MAX_HASHED_KEYS } from './managed-secret.ts';
import { ownershipProblem, type Records } from './ownership.ts';
import { ownKeys, planRecord } from './plan-record.ts';
import type { WriteRecord } from './port.ts';
import { recordsOn } from './record.ts';
import type { WriteRequest } from './write-request.ts';

/** changed: new content. repaired: another client had changed the Secret. recorded: metadata only. */
export type Effect = 'none' | 'created' | 'changed' | 'repaired' | 'recorded' | 'recreated';

export type WritePlan =
  | { readonly kind: 'refuse'; readonly failure: Failure }
  | { readonly kind: 'nothing'; readonly record: WriteRecord }
  | { readonly kind: 'create'; readonly record: WriteRecord; readonly body: object }
  | { readonly kind: 'patch'; readonly record: WriteRecord; readonly body: object; readonly effect: Effect }
  | {
      readonly kind: 'recreate';
      readonly record: WriteRecord;
      /** The present record, if the status does not report it yet. */
      readonly unreported?: WriteRecord;
      readonly body: object;
      readonly uid: string;
      readonly resourceVersion: string;
    };

/** `isIntact`: the Secret is known to have the recorded content. Absent: its content is compared. */
export function planWrite(live: SecretObject | undefined, request: WriteRequest, isIntact?: boolean): WritePlan {
  // Parsed once: there may be as many as the API server lets in.
  const records = recordsOn(request.dialect.records, live?.metadata.annotations);
  const problem = ownershipProblem(live, records, request) ?? outdatedProblem(records, request) ?? tooManyKeys(request);
  if (problem !== undefined) return { kind: 'refuse', failure: problem };
  const before = heldRecord(records, request);
  const record = fitting(planRecord({ live, before, records, ...(isIntact === undefined ? {} : { isIntact }) }, request), request);
  const oversize = annotationSizeProblem(wantedAnnotations(record, request), record);
  if (oversize !== undefined) return { kind: 'refuse', failure: oversize };
  if (live === undefined) return { kind: 'create', record, body: createBody(record, request) };
  const data = dataPatch(live, before, request);
  const obstacle = inPlaceProblem(live, data, request);
  if (obstacle === undefined) return patchPlan(live, records, before, record, data, request);
  return recreationPlan(live, before, record, obstacle, request);
}

/** The names of changed keys are left out where they would make the annotations too large: any key may have changed then. */
function fitting(record: WriteRecord, request: WriteRequest): WriteRecord {
  const [last] = record.changes ?? [];
  if (last?.keys === undefined || annotationSizeProblem(wantedAnnotations(record, request), record) === undefined) return record;
  return { ...record, changes: [{ sequence: last.sequence, at: last.at }] };
}

/** `obstacle`: the reason why the Secret cannot be changed in place. */
function recreationPlan(
  live: SecretObject,
  before: WriteRecord | undefined,
  record: WriteRecord,
  obstacle: Failure,
  request: WriteRequest,
): WritePlan {
  // A Secret of a Merge belongs to another client. The CRD refuses the combination, but the CRD may be older than this code.
  if (!request.recreate || request.policy === 'Merge') return { kind: 'refuse', failure: obstacle };
  const { uid, resourceVersion } = live.metadata;
  const lost = before === undefined || isReported(before, request) ? {} : { unreported: before };
  return { kind: 'recreate', record, body: createBody(record, request), ...lost, uid, resourceVersion };
}

function isReported({ content, digest, changedAt, sequence }: WriteRecord, { former }: WriteRequest): boolean {
  const digests = (former.digest ?? former.content) === (digest ?? content);
  return former.content === content && digests && former.changedAt === changedAt && former.sequence === sequence;
}

/** A new leader with an old ExternalSecret in its cache must not overwrite a write for a newer generation. */
function outdatedProblem(records: Records, { writer, secretName }: WriteRequest): Failure | undefined {
  const written = records.get(writer.uid)?.generation;
  if (written === undefined || written <= writer.generation) return undefined;
  return failure('Conflict', `Secret ${JSON.stringify(secretName)} was written for a later generation than the one in view`);
}

/** Each change of the Secret causes a check, whose time grows with the number of keys. */
function tooManyKeys({ content, secretName }: WriteRequest): Failure | undefined {
  const { size } = content.data;
  if (size <= MAX_HASHED_KEYS) return undefined;
  return failure('SecretTooLarge', `Secret ${JSON.stringify(secretName)} would have ${size} keys; ${MAX_HASHED_KEYS} at most are written`);
}

/** The record of this writer, or of a deleted ExternalSecret with the same name. */
function heldRecord(records: Records, request: WriteRequest): WriteRecord | undefined {
  return (
    records.get(request.writer.uid) ??
    [...records].find(([uid, { writer }]) => writer === request.writer.name && !request.isWriter(uid))?.[1]
  );
}

/** The API server accepts types of any length. */
const MAX_TYPE = 63;

function inPlaceProblem(live: SecretObject, data: DataPatch, request: WriteRequest): Failure | undefined {
  const target = `Secret ${JSON.stringify(request.secretName)}`;
  if (request.policy !== 'Merge' && (live.type ?? 'Opaque') !== request.content.type) {
    return failure(
      'TargetTypeChanged',
      `${target} is of type ${(live.type ?? 'Opaque').slice(0, MAX_TYPE)}, wanted is ${request.content.type}`,
    );
  }
  const thaws = request.policy !== 'Merge' && !request.content.immutable;
  if (live.immutable === true && (Object.keys(data).length > 0 || thaws))
    return failure('TargetImmutable', `${target} is immutable and would have to change`);
  return undefined;
}

type DataPatch = Readonly<Record<string, string | null>>;

function dataPatch(live: SecretObject, before: WriteRecord | undefined, request: WriteRequest): DataPatch {
  const patch = new Map<string, string | null>();
  for (const [name, value] of request.content.data) {
    const encoded = value.reveal().toString('base64');
    if (valueIn(live.data, name) !== encoded) patch.set(name, encoded);
  }
  for (const name of ownKeys(live, before, request)) {
    if (!request.content.data.has(name) && valueIn(live.data, name) !== undefined) patch.set(name, null);
  }
  return Object.fromEntries(patch);
}

function patchPlan(
  live: SecretObject,
  records: Records,
  before: WriteRecord | undefined,
  record: WriteRecord,
  data: DataPatch,
  request: WriteRequest,
): WritePlan {
  const metadata = metadataPatch(live, records, before, record, request);
  const freeze = request.policy !== 'Merge' && request.content.immutable && live.immutable !== true ? { immutable: true } : {};
  const touchesData = Object.keys(data).length > 0;
  const body = { ...(metadata === undefined ? {} : { metadata }), ...freeze, ...(touchesData ? { data } : {}) };
  if (Object.keys(body).length === 0) return { kind: 'nothing', record };
  const guarded = { ...body, metadata: { ...metadata, resourceVersion: live.metadata.resourceVersion } };
  return { kind: 'patch', record, body: guarded, effect: effectOf(live, before, record, touchesData, request) };
}

/** If the recorded content is wanted again, another client has changed the Secret. */
function effectOf(
  live: SecretObject,
  before: WriteRecord | undefined,
  record: WriteRecord,
  touchesData: boolean,
  { writer, dialect }: WriteRequest,
): Effect {
  if (valueIn(live.metadata.annotations, dialect.records.annotation(writer.uid)) === dialect.records.serialise(record)) return 'repaired';
  if (!touchesData) return 'recorded';
  return before?.content === record.content ? 'repaired' : 'changed';
}

function metadataPatch(
  live: SecretObject,
  records: Records,
  before: WriteRecord | undefined,
  record: WriteRecord,
  request: WriteRequest,
): object | undefined {
  const labels = mapPatch(live.metadata.labels, wantedLabels(request), before?.labels);
  const predecessors = [...records].filter(([uid, { writer }]) => writer === request.writer.name && uid !== request.writer.uid);
  const dropped = [
    ...(before?.annotations ?? []),
    ...predecessors.filter(([uid]) => !request.isWriter(uid)).map(([uid]) => request.dialect.records.annotation(uid)),
  ];
  const annotations = mapPatch(live.metadata.annotations, wantedAnnotations(record, request), dropped);
  const ownerReferences = wantedOwners(live.metadata.ownerReferences ?? [], request);
  const changes = Object.entries({ labels, annotations, ownerReferences }).filter(([, change]) => change !== undefined);
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

/** The differences; null removes an entry that Keytender wrote before. */
function mapPatch(
  live: Readonly<Record<string, string>> | undefined,
  wanted: Readonly<Record<string, string>>,
  writtenBefore: readonly string[] = [],
): Readonly<Record<string, string | null>> | undefined {
  const set = Object.entries(wanted).filter(([name, value]) => valueIn(live, name) !== value);
  const gone = writtenBefore.filter((name) => !Object.hasOwn(wanted, name) && valueIn(live, name) !== undefined);
  const patch = [...set, ...gone.map((name) => [name, null] as const)];
  return patch.length === 0 ? undefined : Object.fromEntries(patch);
}

function wantedLabels({ content, dialect }: WriteRequest): Readonly<Record<string, string>> {
  return { ...content.labels, [dialect.labels.managed]: 'true' };
}

function wantedAnnotations(record: WriteRecord, { content, writer, dialect }: WriteRequest): Readonly<Record<string, string>> {
  return { ...content.annotations, [dialect.records.annotation(writer.uid)]: dialect.records.serialise(record) };
}

/** The wanted owner references; undefined: no change. A merge patch replaces a list, so other owners are included. */
function wantedOwners(live: readonly OwnerReference[], { policy, writer }: WriteRequest): readonly OwnerReference[] | undefined {
  const ours = live.find(({ uid }) => uid === writer.uid);
  const others = live.filter(({ uid }) => uid !== writer.uid);
  if (policy !== 'Owner') return ours === undefined ? undefined : others;
  return ours?.controller === true && ours.blockOwnerDeletion === true ? undefined : [...others, ownerReference(writer)];
}

function ownerReference({ apiVersion, kind, name, uid }: WriteRequest['writer']): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

function createBody(record: WriteRecord, request: WriteRequest): object {
  const { content, writer, policy, secretName } = request;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secretName,
      namespace: writer.namespace,
      labels: wantedLabels(request),
      annotations: wantedAnnotations(record, request),
      ...(policy === 'Owner' ? { ownerReferences: [ownerReference(writer)] } : {}),
    },
    type: content.type,
    ...(content.immutable ? { immutable: true } : {}),
    data: Object.fromEntries([...content.data].map(([name, value]) => [name, value.reveal().toString('base64')])),
  };
}
