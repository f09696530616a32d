/** The Secrets and ConfigMaps in the volumes of a pod template, and which of their keys the containers see. Pure. */
import { listOf, memberOf, textOf } from '../../base/members.ts';
import type { SourceKind } from '../source/content.ts';
import { type ConsumptionList, MAX_REFERENCES } from './consumption-list.ts';

interface VolumeSource {
  readonly kind: SourceKind;
  readonly name: string;
  /** Keys by their path in the volume. Undefined: each key is a file of its name. */
  readonly items: ReadonlyMap<string, string> | undefined;
}

interface Volume {
  readonly sources: readonly VolumeSource[];
  /** Whether a container mounts it whole, so that kubelet updates the files. */
  isWhole: boolean;
  /** Whether a container mounts parts that are not known by their path. */
  hasUnknownPart: boolean;
  /** Parts (subPath) that containers mount. Kubelet does not update them. */
  readonly paths: Set<string>;
}

/** Most pairs of sources and paths that are compared in one volume. Beyond that each source counts as read whole. */
const MAX_PAIRS = 10_000;
/** Kubelet has entries of its own that begin with two dots; no key does. */
const KEY = /^(?!\.\.?$|\.\.)[-._a-zA-Z0-9]+$/;

export class VolumeSources {
  readonly #volumes = new Map<string, Volume>();
  readonly #hasMore: boolean;

  /** `podSpec`: the specification of the pod template. */
  constructor(podSpec: unknown) {
    let count = 0;
    for (const volume of listOf(podSpec, 'volumes')) {
      if (count > MAX_REFERENCES) break;
      const name = textOf(volume, 'name');
      const sources = name === undefined ? [] : sourcesOf(volume);
      if (name === undefined || sources.length === 0) continue;
      count += sources.length;
      this.#volumes.set(name, { sources, isWhole: false, hasUnknownPart: false, paths: new Set() });
    }
    this.#hasMore = count > MAX_REFERENCES;
  }

  addMounts(container: unknown): void {
    if (this.#volumes.size === 0) return;
    for (const mount of listOf(container, 'volumeMounts')) {
      const volume = this.#volumes.get(textOf(mount, 'name') ?? '');
      if (volume === undefined) continue;
      const path = textOf(mount, 'subPath');
      if (textOf(mount, 'subPathExpr') !== undefined) volume.hasUnknownPart = true;
      else if (path === undefined) volume.isWhole = true;
      else volume.paths.add(path);
    }
  }

  /** `isLive`: whether the workload reads the volumes of the source again by itself. */
  addTo(list: ConsumptionList, isLive: (kind: SourceKind, name: string) => boolean): void {
    if (this.#hasMore) list.leaveOutMore();
    for (const volume of this.#volumes.values()) addVolume(volume, list, isLive);
  }
}

/** A volume that nobody mounts counts as mounted whole. */
function addVolume(
  { sources, isWhole, hasUnknownPart, paths }: Volume,
  list: ConsumptionList,
  isLive: (kind: SourceKind, name: string) => boolean,
): void {
  const isComparable = !hasUnknownPart && sources.length * paths.size <= MAX_PAIRS;
  const hasParts = hasUnknownPart || paths.size > 0;
  for (const source of sources) {
    const { kind, name } = source;
    if (hasParts) list.add(kind, name, isComparable ? keysAt(source, paths) : allKeys(source), 'restart');
    if (isWhole || !hasParts) list.add(kind, name, allKeys(source), isLive(kind, name) ? 'live' : 'restart');
  }
}

function allKeys({ items }: VolumeSource): 'all' | readonly string[] {
  return items === undefined ? 'all' : [...items.values()];
}

/** A path that is not the path of one key may be a folder, so it counts as all keys of the volume. */
function keysAt(source: VolumeSource, paths: ReadonlySet<string>): 'all' | readonly string[] {
  const keys: string[] = [];
  for (const path of paths) {
    const key = source.items === undefined ? keyNamed(path) : source.items.get(path);
    if (key === undefined) return allKeys(source);
    keys.push(key);
  }
  return keys;
}

function keyNamed(path: string): string | undefined {
  return KEY.test(path) ? path : undefined;
}

function sourcesOf(volume: unknown): readonly VolumeSource[] {
  const direct = [
    sourceOf('Secret', memberOf(volume, 'secret'), 'secretName'),
    sourceOf('ConfigMap', memberOf(volume, 'configMap'), 'name'),
  ];
  const projected = listOf(memberOf(volume, 'projected'), 'sources').flatMap((source) => [
    sourceOf('Secret', memberOf(source, 'secret'), 'name'),
    sourceOf('ConfigMap', memberOf(source, 'configMap'), 'name'),
  ]);
  return [...direct, ...projected].filter((source) => source !== undefined);
}

function sourceOf(kind: SourceKind, value: unknown, nameField: string): VolumeSource | undefined {
  const name = textOf(value, nameField);
  return name === undefined ? undefined : { kind, name, items: itemsOf(value) };
}

function itemsOf(source: unknown): ReadonlyMap<string, string> | undefined {
  const items = listOf(source, 'items');
  if (items.length === 0) return undefined;
  const keys = new Map<string, string>();
  for (const item of items) {
    const [key, path] = [textOf(item, 'key'), textOf(item, 'path')];
    if (key !== undefined) keys.set(path ?? key, key);
  }
  return keys;
}
