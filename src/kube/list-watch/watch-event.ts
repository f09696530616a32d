/** Parses one line of a watch: a change, a bookmark, an error of the server, or an unreadable line. */
import type { ResourceType } from '../../api/object/resource-type.ts';
import type { KubeObject } from '../../api/object/object.ts';
import { parseWithout } from '../rest/omit-members.ts';
import type { Omitted } from '../port.ts';
import { withType } from '../rest/request.ts';
import { member } from '../rest/status.ts';

export type WatchLine<U> =
  | { readonly kind: 'added' | 'modified' | 'deleted'; readonly object: U; readonly resourceVersion: string }
  | { readonly kind: 'bookmark'; readonly resourceVersion: string }
  | { readonly kind: 'error'; readonly status: unknown }
  | { readonly kind: 'unreadable' };

const CHANGES: ReadonlyMap<unknown, 'added' | 'modified' | 'deleted'> = new Map([
  ['ADDED', 'added'],
  ['MODIFIED', 'modified'],
  ['DELETED', 'deleted'],
]);

/** Depth of the object in the JSON of an event. */
const OBJECT_DEPTH = 2;

/** Returns only the result of `reduce` for the object of the line, not the object itself. */
export function readWatchLine<U>(
  type: ResourceType,
  line: string,
  reduce: (object: KubeObject) => U,
  omitted: Omitted = new Map(),
): WatchLine<U> {
  const event = parse(line, omitted);
  const object = member(event, 'object');
  const eventType = member(event, 'type');
  if (eventType === 'ERROR') return { kind: 'error', status: object };
  const resourceVersion = member(member(object, 'metadata'), 'resourceVersion');
  if (typeof resourceVersion !== 'string' || resourceVersion === '') return { kind: 'unreadable' };
  if (eventType === 'BOOKMARK') return { kind: 'bookmark', resourceVersion };
  const kind = CHANGES.get(eventType);
  return kind === undefined ? { kind: 'unreadable' } : { kind, object: reduce(bare(type, object as KubeObject)), resourceVersion };
}

/** The object with its type and without managedFields, which are often half of its size and which no watcher reads. */
export function bare(type: ResourceType, object: KubeObject): KubeObject {
  // A copy without the property instead of a deletion, because V8 turns an object that loses a property into a dictionary.
  const { managedFields: _dropped, ...metadata } = object.metadata as KubeObject['metadata'] & { readonly managedFields?: unknown };
  return { ...withType(type, object), metadata };
}

function parse(line: string, omitted: Omitted): unknown {
  try {
    return parseWithout(line, OBJECT_DEPTH, omitted);
  } catch {
    // The error quotes the line, which may contain a Secret. The caller reports an unreadable line.
    return undefined;
  }
}
