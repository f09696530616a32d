/** Lists of any length, in pages. Starts again after an expired continue token, and uses smaller pages if a page is too large. */
import type { ResourceType } from '../../api/object/resource-type.ts';
import type { KubeObject } from '../../api/object/object.ts';
import { failed, ok } from '../../base/result.ts';
import { inSlices } from '../../base/time/slices.ts';
import { ResponseTooLargeError } from '../rest/errors.ts';
import type { KubeFailure, KubeResult, Omitted } from '../port.ts';
import { type KubeRequest, withType } from '../rest/request.ts';
import { member } from '../rest/status.ts';
import type { Answer } from '../rest/response.ts';
import type { KubeTransport } from '../rest/transport.ts';

const MAX_PAGE_OBJECTS = 500;
/**
 * The API server builds a whole page first. Pages start small and double while they are small. With objects of 1 MiB, a first page of 500
 * would take seconds, and the operator would reject it after 1 MiB. 10,000 objects take 24 pages instead of 20, if they are small.
 */
const FIRST_PAGE_OBJECTS = 32;
/**
 * A page is parsed in one step that blocks the event loop, so its bytes have a limit too: a mebibyte of many small members takes 20 ms at a start, while the code
 * is not optimized, and V8 may collect garbage in the same step. A page of one object has only the limit of the transport, because etcd limits the object.
 */
const MAX_PAGE_BYTES = 1024 * 1024;
/** Target size of a page. */
const GOOD_PAGE_BYTES = MAX_PAGE_BYTES / 2;
const MAX_RESTARTS = 3;

export interface ListScope {
  readonly type: ResourceType;
  readonly namespace: string;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly accept?: string | undefined;
  readonly omitted?: Omitted | undefined;
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

/** All objects of the scope at one resource version; `transform` is applied page by page, so that raw objects do not accumulate. */
export async function listPages<U>(
  transport: KubeTransport,
  scope: ListScope,
  transform: (object: KubeObject) => readonly U[],
  signal: AbortSignal,
): Promise<KubeResult<Listed<U>>> {
  const size = new PageSize();
  for (let restarts = 0; ; restarts += 1) {
    const listed = await listOnce(transport, scope, size, transform, signal);
    if (listed.ok || restarts === MAX_RESTARTS || listed.failure.kind !== 'expired') return listed;
  }
}

/** Requests a page that is too large again in smaller pages. The continue token is a position in the list, so it stays valid. */
async function listOnce<U>(
  transport: KubeTransport,
  scope: ListScope,
  size: PageSize,
  transform: (object: KubeObject) => readonly U[],
  signal: AbortSignal,
): Promise<KubeResult<Listed<U>>> {
  const objects: U[] = [];
  for (let next = ''; ;) {
    const answer: KubeResult<Answer> = await transport.callSized(pageRequest(scope, size, next), signal);
    if (!answer.ok) {
      if (!(answer.failure.cause instanceof ResponseTooLargeError) || !size.shrink()) return answer;
      continue;
    }
    const page = readPage(scope.type, answer.value.body);
    if (page === undefined) return failed(notAList());
    // The time of `transform` grows with the size of the object. All lists share the time slices of the event loop, by namespace.
    await inSlices(page.items, transport.slices.worker(scope.namespace, signal), (item) => void objects.push(...transform(item)));
    if (page.next === '') return ok({ objects, resourceVersion: page.resourceVersion });
    next = page.next;
    size.had(page.items.length, answer.value.bytes);
  }
}

/** Computes the number of objects of the next page. */
class PageSize {
  #objects = FIRST_PAGE_OBJECTS;

  get objects(): number {
    return this.#objects;
  }

  /** Undefined: the limit of the transport applies, which is for one object. */
  get maxBytes(): number | undefined {
    return this.#objects === 1 ? undefined : MAX_PAGE_BYTES;
  }

  /** The last page was too large. False if a smaller page is not possible. */
  shrink(): boolean {
    if (this.#objects === 1) return false;
    this.#objects = Math.max(1, Math.floor(this.#objects / 8));
    return true;
  }

  /** Number of objects and bytes of the last page. The size is at most doubled, because the next objects may be larger. */
  had(count: number, bytes: number): void {
    const fitting = Math.floor(GOOD_PAGE_BYTES / (bytes / Math.max(1, count)));
    this.#objects = Math.max(1, Math.min(MAX_PAGE_OBJECTS, this.#objects * 2, fitting));
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

function pageRequest(scope: ListScope, { objects, maxBytes }: PageSize, next: string): KubeRequest {
  return {
    verb: 'list',
    type: scope.type,
    namespace: scope.namespace,
    query: { ...selectorsOf(scope), limit: String(objects), ...(next === '' ? {} : { continue: next }) },
    ...(scope.accept === undefined ? {} : { accept: scope.accept }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(scope.omitted === undefined ? {} : { omitted: scope.omitted }),
  };
}

/** Items of typed lists have no apiVersion and kind, so they get those of the request. */
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
