/** Decides whether an ExternalSecret may write to a Secret. A Secret that Keytender did not create is never adopted without a request. Pure. */
import { failure, type Failure } from '../failure/failure.ts';
import { installation } from '../api/installation.ts';
import type { SecretObject } from '../api/object/object.ts';
import { isRefusedType } from '../api/reserved.ts';
import type { WriteRecord } from './port.ts';
import type { WriteRequest } from './write-request.ts';

/** The texts of owner references can be of any length. */
const MAX_KIND = 63;
const MAX_NAME = 253;

/** The records on a Secret, by the uid of their writer. */
export type Records = ReadonlyMap<string, WriteRecord>;

/** The reason why the ExternalSecret may not write, or undefined. */
export function ownershipProblem(live: SecretObject | undefined, records: Records, request: WriteRequest): Failure | undefined {
  const target = `Secret ${JSON.stringify(request.secretName)}`;
  if (request.secretName === installation.digestKeySecret) return failure('TargetReserved', `${target} holds the digest key of Keytender`);
  if (live === undefined) {
    return request.policy === 'Merge' ? failure('TargetMissing', `${target} does not exist`) : undefined;
  }
  if (isRefusedType(live.type)) return failure('TargetReserved', `${target} is of type ${live.type ?? ''}, which may not be written`);
  return request.policy === 'Merge' ? mergeProblem(records, request, target) : takeProblem(live, records, request, target);
}

function takeProblem(live: SecretObject, records: Records, request: WriteRequest, target: string): Failure | undefined {
  const controller = live.metadata.ownerReferences?.find((owner) => owner.controller === true);
  if (controller?.uid === request.writer.uid) return undefined;
  if (controller !== undefined)
    return failure(
      'TargetOwnedByOther',
      `${target} belongs to ${controller.kind.slice(0, MAX_KIND)} ${JSON.stringify(controller.name.slice(0, MAX_NAME))}`,
    );
  const own = records.get(request.writer.uid);
  if (own !== undefined && isMaker(own)) return undefined;
  const other = [...records].find(([uid]) => uid !== request.writer.uid && request.isWriter(uid));
  if (other !== undefined)
    return failure('TargetOwnedByOther', `${target} is written by ExternalSecret ${JSON.stringify(other[1].writer)}`);
  // An ExternalSecret of the same name was deleted and created again (a move between GitOps tools does this).
  if ([...records.values()].some((record) => record.writer === request.writer.name && isMaker(record))) return undefined;
  return failure('TargetNotOwned', `${target} exists already and was not created by Keytender`);
}

/** A record with keys is of a Merge into a Secret that another client created. */
function isMaker({ keys }: WriteRecord): boolean {
  return keys === undefined;
}

function mergeProblem(records: Records, request: WriteRequest, target: string): Failure | undefined {
  for (const [uid, { writer, keys }] of records) {
    if (uid === request.writer.uid || !request.isWriter(uid)) continue;
    if (keys === undefined)
      return failure('TargetOwnedByOther', `${target} belongs to ExternalSecret ${JSON.stringify(writer)}, which writes all of it`);
    const shared = keys.find((key) => request.content.data.has(key));
    // The message names the field, because a key of dataFrom can be part of a value.
    if (shared !== undefined) {
      return failure(
        'MergeKeyConflict',
        `${request.fieldOfKey(shared)}: ExternalSecret ${JSON.stringify(writer)} writes the same key to ${target}`,
      );
    }
  }
  return undefined;
}
