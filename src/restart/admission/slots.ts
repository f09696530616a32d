/** Places of workloads that roll, or that may begin to: by group, by namespace and of the installation. Pure data. */
import { FairShare } from '../../base/sharing/fair-share.ts';
import type { RestartLimits } from '../policy/policy.ts';

interface Place {
  readonly namespace: string;
  readonly groups: readonly string[];
}

const NO_GROUPS: readonly string[] = [];

export class Slots {
  readonly #limits: RestartLimits;
  readonly #places = new Map<string, Place>();
  readonly #byGroup = new Map<string, number>();
  readonly #byNamespace = new FairShare();

  constructor(limits: RestartLimits) {
    this.#limits = limits;
  }

  /** How many workloads roll in the group. */
  of(group: string): number {
    return this.#byGroup.get(group) ?? 0;
  }

  get total(): number {
    return this.#places.size;
  }

  inNamespace(namespace: string): number {
    return this.#byNamespace.of(namespace);
  }

  /** A workload with a place in the group needs no other one. */
  hasRoomIn(group: string, most: number, consumer: string): boolean {
    return this.of(group) < most || (this.#places.get(consumer)?.groups.includes(group) ?? false);
  }

  /** The limit that keeps the workload from a place, or undefined. */
  limitFor(namespace: string, consumer?: string): 'NamespaceLimit' | 'InstallationLimit' | undefined {
    if (consumer !== undefined && this.#places.has(consumer)) return undefined;
    if (this.#byNamespace.of(namespace) >= this.#limits.perNamespace) return 'NamespaceLimit';
    const free = this.#limits.perInstallation - this.#places.size;
    return free > 0 && this.#byNamespace.mayTake(namespace, free) ? undefined : 'InstallationLimit';
  }

  /**
   * Gives the workload a place in these groups instead of what it has; undefined: none. Returns the groups in which it had a place and has none now.
   */
  set(consumer: string, namespace: string, groups: readonly string[] | undefined): readonly string[] {
    const before = this.#remove(consumer);
    if (groups !== undefined) this.#add(consumer, { namespace, groups });
    if (before === undefined) return NO_GROUPS;
    const kept = new Set(groups);
    return before.groups.filter((group) => !kept.has(group));
  }

  #add(consumer: string, place: Place): void {
    for (const group of place.groups) this.#count(group, 1);
    this.#byNamespace.take(place.namespace);
    this.#places.set(consumer, place);
  }

  #remove(consumer: string): Place | undefined {
    const place = this.#places.get(consumer);
    if (place === undefined) return undefined;
    for (const group of place.groups) this.#count(group, -1);
    this.#byNamespace.giveBack(place.namespace);
    this.#places.delete(consumer);
    return place;
  }

  #count(group: string, by: number): void {
    const count = this.of(group) + by;
    if (count > 0) this.#byGroup.set(group, count);
    else this.#byGroup.delete(group);
  }
}
