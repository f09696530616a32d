/** The metadata of objects, one page at a time, for callers that read many objects and keep none of them. */
import type { ResourceType } from '../../api/object/resource-type.ts';
import type { KubeObject } from '../../api/object/object.ts';
import { failed, ok } from '../../base/result.ts';
import { ownFailure } from '../rest/errors.ts';
import { METADATA_LIST } from './list-watch.ts';
import type { KubeResult, MetadataPage, MetadataScope } from '../port.ts';
import { type KubeRequest, withType } from '../rest/request.ts';
import { member } from '../rest/status.ts';
import type { KubeTransport } from '../rest/transport.ts';

export async function metadataPage(
  transport: KubeTransport,
  type: ResourceType,
  { namespace, labelSelector, fieldSelector, limit, after }: MetadataScope,
  signal: AbortSignal,
): Promise<KubeResult<MetadataPage>> {
  const query = {
    limit: String(limit),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(after === undefined ? {} : { continue: after }),
  };
  const request: KubeRequest = { verb: 'list', type, namespace, query, accept: METADATA_LIST };
  const answer = await transport.call(request, signal);
  if (!answer.ok) return answer;
  const items = member(answer.value, 'items') ?? [];
  const next = member(member(answer.value, 'metadata'), 'continue');
  if (!Array.isArray(items)) return failed(ownFailure(request, 'unavailable', 'the API server answered a list with something else'));
  const objects = items.map((item: object) => withType(type, item) as KubeObject);
  return ok({ objects, ...(typeof next === 'string' && next !== '' ? { next } : {}) });
}
