/** Which events are worth a reconcile: pure functions to be combined. Events other than modified pass, unless said otherwise. */
import { type KubeObject, type OwnObject, valueIn } from '../api/object.ts';
import type { WatchEvent } from './port.ts';

export type Predicate = (event: WatchEvent<KubeObject>) => boolean;

/** The specification changed: our own writes of status and those of metadata don't move metadata.generation. */
export const generationChanged: Predicate = ({ type, object, before }) => {
  if (type !== 'modified' || before === undefined) return true;
  const { generation } = object.metadata;
  // Kinds without a generation, such as Secret, give no way to tell.
  return generation === undefined || generation !== before.metadata.generation;
};

export function annotationChanged(name: string): Predicate {
  return ({ type, object, before }) =>
    type !== 'modified' || valueIn(object.metadata.annotations, name) !== valueIn(before?.metadata.annotations, name);
}

/** The object is gone, or on its way: its deletionTimestamp is new. An added object passes only if it's on its way already. */
export const deletionBegun: Predicate = ({ type, object, before }) =>
  type === 'deleted' || (object.metadata.deletionTimestamp !== undefined && before?.metadata.deletionTimestamp === undefined);

/** It is kept whole now and was not before, or the other way round. */
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
