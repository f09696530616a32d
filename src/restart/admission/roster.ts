/** The groups and their members, as far as they are reported, and who was not reported yet. Pure data. */
import type { ConsumerId } from '../consumer/consumer.ts';
import { Group, type GroupSpec, type Labels } from './group.ts';
import type { MemberState } from './member.ts';

export interface Reported {
  readonly namespace: string;
  readonly labels: Labels;
  /** Those whose member it is. */
  readonly groups: readonly string[];
  /** The number of its last report. */
  readonly number: number;
}

const NO_GROUPS: readonly string[] = [];

export class Roster {
  readonly groups = new Map<string, Group>();
  readonly #reported = new Map<ConsumerId, Reported>();
  /** Groups that have not seen a report of the workload yet. */
  readonly #missedBy = new Map<ConsumerId, Set<Group>>();
  /** Of the whole installation. */
  readonly #expected = new Set<ConsumerId>();
  /** Counts declarations and reports, so that their order is known. */
  #number = 0;

  of(id: ConsumerId): Reported | undefined {
    return this.#reported.get(id);
  }

  /** How many workloads of the installation were expected and not reported. */
  get missing(): number {
    return this.#expected.size;
  }

  expect(ids: Iterable<ConsumerId>): void {
    for (const id of ids) if (!this.#reported.has(id)) this.#expected.add(id);
  }

  declare(id: string, spec: GroupSpec): Group {
    const known = this.groups.get(id);
    if (known !== undefined) return known;
    this.#number += 1;
    const group = new Group(id, this.#number, spec);
    this.groups.set(id, group);
    return group;
  }

  /** The installation does not wait for its report. */
  lookedAt(id: ConsumerId): void {
    this.#expected.delete(id);
  }

  /** Compares the members of the group with the reports, and returns those whose report has been missing since now. */
  findUnobserved(group: Group, members: Iterable<ConsumerId>): ConsumerId[] {
    const before = new Set(group.unobserved);
    group.unobserved.clear();
    const added: ConsumerId[] = [];
    for (const id of members) {
      if ((this.#reported.get(id)?.number ?? 0) > group.declaredAt) continue;
      group.unobserved.add(id);
      if (!before.delete(id)) added.push(id);
      this.#missed(id).add(group);
    }
    for (const id of before) this.#found(id, group);
    return added;
  }

  /** Returns the groups that have changed. */
  report(id: ConsumerId, namespace: string, labels: Labels, states: ReadonlyMap<string, MemberState>): Group[] {
    this.#number += 1;
    const before = this.#reported.get(id)?.groups ?? NO_GROUPS;
    const groups = before.length === states.size && before.every((group) => states.has(group)) ? before : [...states.keys()];
    this.#reported.set(id, { namespace, labels, groups, number: this.#number });
    const changed = this.#observed(id);
    for (const [name, state] of states) {
      const group = this.groups.get(name);
      if (group?.report(id, state, labels) === true) changed.add(group);
    }
    for (const name of before) if (!states.has(name)) this.#leave(id, name, changed);
    return [...changed];
  }

  /** Returns the groups that have changed. */
  forget(id: ConsumerId): Group[] {
    const changed = this.#observed(id);
    for (const name of this.#reported.get(id)?.groups ?? []) this.#leave(id, name, changed);
    this.#reported.delete(id);
    return [...changed];
  }

  retire(id: string): Group | undefined {
    const group = this.groups.get(id);
    this.groups.delete(id);
    for (const missed of group?.unobserved ?? []) if (group !== undefined) this.#found(missed, group);
    return group;
  }

  #leave(id: ConsumerId, name: string, changed: Set<Group>): void {
    const group = this.groups.get(name);
    if (group?.leave(id) === true) changed.add(group);
  }

  /** The groups for which it was the last one that was missing. */
  #observed(id: ConsumerId): Set<Group> {
    this.#expected.delete(id);
    const complete = new Set<Group>();
    for (const group of this.#missedBy.get(id) ?? []) {
      group.unobserved.delete(id);
      if (group.unobserved.size === 0) complete.add(group);
    }
    this.#missedBy.delete(id);
    return complete;
  }

  #missed(id: ConsumerId): Set<Group> {
    const known = this.#missedBy.get(id) ?? new Set();
    this.#missedBy.set(id, known);
    return known;
  }

  #found(id: ConsumerId, group: Group): void {
    const groups = this.#missedBy.get(id);
    groups?.delete(group);
    if (groups?.size === 0) this.#missedBy.delete(id);
  }
}
