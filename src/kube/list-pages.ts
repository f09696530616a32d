/** Lists of any length: in pages, from the start again when the continue token has expired, in smaller pages when one is too large to hold. */
import type { ResourceType } from '../api/names.ts';
import type { KubeObject } from '../api/object.ts';
import { failed, ok } from '../base/result.ts';
import { ResponseTooLargeError } from './errors.ts';
import type { KubeFailure, KubeResult } from './port.ts';
import { type KubeRequest, withType } from './request.ts';
import { member } from './status.ts';
import type { KubeTransport } from './transport.ts';

const PAGE_SIZE = 500;
const MAX_RESTARTS = 3;

export interface ListScope {
  readonly type: ResourceType;
  readonly namespace: string;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly accept?: string | undefined;
}

export interface Listed<U> {
  readonly objects: readonly U[];
  readonly resourceVersion: string;
}

interface Page {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly next: string;
}

/** All objects of the scope at one resource version; `transform` is applied page by page, so that raw objects don't pile up. */
export async function listPages<U>(
  transport: KubeTransport,
  scope: ListScope,
  transform: (object: KubeObject) => readonly U[],
  signal: AbortSignal,
): Promise<KubeResult<Listed<U>>> {
  let limit = PAGE_SIZE;
  for (let restarts = 0; ; restarts += 1) {
    const listed = await listOnce(transport, scope, limit, transform, signal);
    if (listed.ok || restarts === MAX_RESTARTS) return listed;
    const tooLarge = listed.failure.cause instanceof ResponseTooLargeError;
    if (!tooLarge && listed.failure.kind !== 'expired') return listed;
    if (tooLarge) limit = Math.max(1, Math.floor(limit / 10));
  }
}

async function listOnce<U>(
  transport: KubeTransport,
  scope: ListScope,
  limit: number,
  transform: (object: KubeObject) => readonly U[],
  signal: AbortSignal,
): Promise<KubeResult<Listed<U>>> {
  const objects: U[] = [];
  for (let next = ''; ;) {
    const answer: KubeResult<unknown> = await transport.call(pageRequest(scope, limit, next), signal);
    if (!answer.ok) return answer;
    const page = readPage(scope.type, answer.value);
    if (page === undefined) return failed(notAList());
    for (const item of page.items) objects.push(...transform(item));
    if (page.next === '') return ok({ objects, resourceVersion: page.resourceVersion });
    next = page.next;
  }
}

function notAList(): KubeFailure {
  return { kind: 'unavailable', status: 200, message: 'the API server answered a list with something else' };
}

/** Query parameters that a list and the watch after it share. */
export function selectorsOf(scope: ListScope): Record<string, string> {
  return {
    ...(scope.labelSelector === undefined ? {} : { labelSelector: scope.labelSelector }),
    ...(scope.fieldSelector === undefined ? {} : { fieldSelector: scope.fieldSelector }),
  };
}

function pageRequest(scope: ListScope, limit: number, next: string): KubeRequest {
  return {
    verb: 'list',
    type: scope.type,
    namespace: scope.namespace,
    query: { ...selectorsOf(scope), limit: String(limit), ...(next === '' ? {} : { continue: next }) },
    ...(scope.accept === undefined ? {} : { accept: scope.accept }),
  };
}

/** Items of typed lists carry no apiVersion and kind of their own, so they get them here. */
function readPage(type: ResourceType, answer: unknown): Page | undefined {
  const metadata = member(answer, 'metadata');
  const resourceVersion = member(metadata, 'resourceVersion');
  const items = member(answer, 'items') ?? [];
  const next = member(metadata, 'continue');
  if (typeof resourceVersion !== 'string' || !Array.isArray(items)) return undefined;
  return {
    items: items.map((item: object) => withType(type, item) as KubeObject),
    resourceVersion,
    next: typeof next === 'string' ? next : '',
  };
}
