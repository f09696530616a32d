/**
 * Predicates decide which events cause a reconcile. They are pure and can be combined. Events other than modified pass, unless the
 * predicate excludes them.
 */
import { type KubeObject, type OwnObject, valueIn } from '../api/object/object.ts';
import type { WatchEvent } from './port.ts';

export type Predicate = (event: WatchEvent<KubeObject>) => boolean;

/** The specification has changed: a write of the status or of the metadata does not change metadata.generation. */
export const generationChanged: Predicate = ({ type, object, before }) => {
  if (type !== 'modified' || before === undefined) return true;
  const { generation } = object.metadata;
  // Kinds without a generation, such as Secret, always pass.
  return generation === undefined || generation !== before.metadata.generation;
};

export function annotationChanged(name: string): Predicate {
  return ({ type, object, before }) =>
    type !== 'modified' || valueIn(object.metadata.annotations, name) !== valueIn(before?.metadata.annotations, name);
}

/** The object is deleted, or its deletionTimestamp is new. An added object passes only with a deletionTimestamp. */
export const deletionBegun: Predicate = ({ type, object, before }) =>
  type === 'deleted' || (object.metadata.deletionTimestamp !== undefined && before?.metadata.deletionTimestamp === undefined);

/** The object is kept whole now and was not before, or the reverse. */
export const keptChanged: Predicate = ({ type, object, before }) =>
  type !== 'modified' || isKept(object) !== (before === undefined || isKept(before));

function isKept(object: OwnObject): boolean {
  return object.notKept === undefined;
}

export function anyOf(...predicates: readonly Predicate[]): Predicate {
  return (event) => predicates.some((predicate) => predicate(event));
}

export function allOf(...predicates: readonly Predicate[]): Predicate {
  return (event) => predicates.every((predicate) => predicate(event));
}
