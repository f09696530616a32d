/** The names of all objects of one type in namespaces that somebody follows as a whole, with their versions. Pure data. */
import { FairShare } from '../base/sharing/fair-share.ts';
import type { NamesChange, NamesListener, NamesView, ObjectVersion } from './port.ts';
import { CLUSTER } from './references.ts';

export interface NamedVersion {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
}

class Names implements NamesView {
  readonly versions = new Map<string, string>();
  readonly listeners = new Set<NamesListener>();
  isKnown = false;
  hasMore = false;
  /** Whether a name that is missing from the next list does not exist; see Reference. */
  provable: boolean;
  /** The names of which events have come since a list of this namespace alone has begun. They are newer than the list. */
  touched: Set<string> | undefined;

  constructor(provable: boolean) {
    this.provable = provable;
    this.touched = provable ? undefined : new Set();
  }

  get size(): number {
    return this.versions.size;
  }

  [Symbol.iterator](): Iterator<string> {
    return this.versions.keys();
  }
}

export class FollowedNames {
  /** Names of all namespaces together. One namespace gets four fifths of them, if the others follow none. */
  readonly #most: number;
  readonly #tell: (listener: NamesListener, change: NamesChange) => void;
  readonly #byNamespace = new Map<string, Names>();
  readonly #share = new FairShare();
  #kept = 0;

  constructor(most: number, tell: (listener: NamesListener, change: NamesChange) => void) {
    this.#most = most;
    this.#tell = tell;
  }

  get isEmpty(): boolean {
    return this.#byNamespace.size === 0;
  }

  has(namespace: string): boolean {
    return this.#byNamespace.has(namespace);
  }

  /** `provable`: the next list of a watch begins after this call. Otherwise the caller makes a list of its own and gives it to `merge`. */
  follow(namespace: string, listener: NamesListener, provable: boolean): { readonly names: NamesView; readonly isFirst: boolean } {
    const existing = this.#byNamespace.get(namespace);
    const names = existing ?? new Names(provable);
    names.listeners.add(listener);
    this.#byNamespace.set(namespace, names);
    return { names, isFirst: existing === undefined };
  }

  /** Whether it was the last listener of the namespace. */
  forget(namespace: string, listener: NamesListener): boolean {
    const names = this.#byNamespace.get(namespace);
    if (names?.listeners.delete(listener) !== true || names.listeners.size > 0) return false;
    this.#giveBack(namespace, names.size);
    this.#byNamespace.delete(namespace);
    return true;
  }

  /** Undefined: no such name is known. */
  versionOf(namespace: string, name: string): ObjectVersion {
    return this.#byNamespace.get(namespace)?.versions.get(name);
  }

  /** An event of a watch. */
  changed(namespace: string, name: string, version: ObjectVersion): void {
    const names = this.#byNamespace.get(namespace);
    if (names === undefined) return;
    names.touched?.add(name);
    const before = names.versions.has(name);
    if (version === undefined) this.#remove(namespace, names, name);
    else this.#keep(namespace, names, name, version);
    const after = names.versions.has(name);
    if (before !== after) this.#tellAll(names, { kind: after ? 'added' : 'deleted', name });
  }

  /** The list of a watch, of one namespace or of all. */
  listed(scope: string, objects: readonly NamedVersion[]): void {
    if (scope !== CLUSTER) this.#listedIn(scope, objects);
    else for (const [namespace, some] of this.#byFollowed(objects)) this.#listedIn(namespace, some);
  }

  /** For each namespace that is followed. */
  #byFollowed(objects: readonly NamedVersion[]): ReadonlyMap<string, readonly NamedVersion[]> {
    const byNamespace = new Map<string, NamedVersion[]>([...this.#byNamespace.keys()].map((namespace) => [namespace, []]));
    for (const object of objects) byNamespace.get(object.namespace)?.push(object);
    return byNamespace;
  }

  /** The answer of the caller's own list of one namespace. */
  merge(namespace: string, objects: readonly NamedVersion[]): void {
    const names = this.#byNamespace.get(namespace);
    if (names === undefined) return;
    for (const { name, version } of objects) if (names.touched?.has(name) !== true) this.#keep(namespace, names, name, version);
    names.touched = undefined;
    this.#known(names);
  }

  #listedIn(namespace: string, objects: readonly NamedVersion[]): void {
    const names = this.#byNamespace.get(namespace);
    if (names === undefined) return;
    if (names.provable) this.#replace(namespace, names, objects);
    else
      for (const { name, version } of objects) {
        names.touched?.add(name);
        this.#keep(namespace, names, name, version);
      }
    names.provable = true;
  }

  /** In one step, because there may be tens of thousands of names. */
  #replace(namespace: string, names: Names, objects: readonly NamedVersion[]): void {
    this.#giveBack(namespace, names.size);
    const count = Math.min(objects.length, this.#share.mostOf(namespace, this.#most - this.#kept));
    names.versions.clear();
    for (let at = 0; at < count; at += 1) {
      const { name, version } = objects[at] as NamedVersion;
      names.versions.set(name, version);
    }
    names.hasMore = count < objects.length;
    this.#giveBack(namespace, -count);
    this.#known(names);
  }

  #known(names: Names): void {
    names.isKnown = true;
    this.#tellAll(names, { kind: 'listed' });
  }

  #keep(namespace: string, names: Names, name: string, version: string): void {
    const isNew = !names.versions.has(name);
    if (isNew && !this.#share.mayTake(namespace, this.#most - this.#kept)) {
      names.hasMore = true;
      return;
    }
    names.versions.set(name, version);
    if (!isNew) return;
    this.#share.take(namespace);
    this.#kept += 1;
  }

  #remove(namespace: string, names: Names, name: string): void {
    if (names.versions.delete(name)) this.#giveBack(namespace, 1);
  }

  #giveBack(namespace: string, count: number): void {
    this.#share.giveBack(namespace, count);
    this.#kept -= count;
  }

  #tellAll(names: Names, change: NamesChange): void {
    for (const listener of names.listeners) this.#tell(listener, change);
  }
}
