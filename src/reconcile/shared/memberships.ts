/** The members of groups that no ExternalSecret has: such a group ends with its last member. Pure data. */
import type { ConsumerId } from '../../restart/consumer/consumer.ts';
import type { GroupId } from '../../restart/demand/demand.ts';
import { ownerOfGroup } from '../../restart/demand/restart-spec-of.ts';

const NONE: readonly GroupId[] = [];

export class Memberships {
  readonly #groupsOf = new Map<ConsumerId, readonly GroupId[]>();
  readonly #members = new Map<GroupId, Set<ConsumerId>>();

  /** The groups that end: nobody is a member any more. */
  left(consumer: ConsumerId, groups: Iterable<GroupId>): readonly GroupId[] {
    const now = [...groups].filter((group) => ownerOfGroup(group) === undefined);
    const before = this.#groupsOf.get(consumer) ?? NONE;
    if (now.length === 0 && before.length === 0) return NONE;
    if (now.length === 0) this.#groupsOf.delete(consumer);
    else this.#groupsOf.set(consumer, now);
    for (const group of now) this.#membersOf(group).add(consumer);
    const present = new Set(now);
    return before.filter((group) => !present.has(group) && this.#leave(group, consumer));
  }

  #membersOf(group: GroupId): Set<ConsumerId> {
    const members = this.#members.get(group) ?? new Set();
    this.#members.set(group, members);
    return members;
  }

  #leave(group: GroupId, consumer: ConsumerId): boolean {
    const members = this.#members.get(group);
    members?.delete(consumer);
    if (members === undefined || members.size > 0) return false;
    this.#members.delete(group);
    return true;
  }
}
