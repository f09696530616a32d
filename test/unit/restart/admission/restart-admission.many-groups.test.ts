// A workload can be due in hundreds of groups: the work of one call is bounded, and nobody waits for ever.
import { expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import type { MemberState } from '../../../../src/restart/admission/member.ts';
import { RestartAdmission } from '../../../../src/restart/admission/restart-admission.ts';
import type { AdmissionFacts } from '../../../../src/restart/admission/verdict.ts';
import { defaultLimits, defaultPolicy } from '../../../../src/restart/policy/policy.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const CHANGED = 1_000_000;
const CONTENT = { sequence: 2, content: 'new', changes: [{ sequence: 2, at: new Date(CHANGED).toISOString() }] };
const DUE: MemberState = {
  phase: 'Pending',
  content: undefined,
  judgedBy: 'new',
  due: true,
  since: ms(CHANGED),
  healthyBefore: true,
  hasPod: false,
};
const FACTS: AdmissionFacts = { dueSince: ms(CHANGED), healthyBefore: true };

class Admissions {
  readonly clock = new FakeClock();
  readonly woken = new Set<string>();
  readonly later = new Set<string>();
  /** Looks at a group: each reads its policy. */
  looks = 0;
  readonly admission = new RestartAdmission(
    this.clock,
    { ...defaultLimits, perNamespace: 2 },
    {
      wake: (id) => void this.woken.add(id),
      wakeAfter: (id) => void this.later.add(id),
      changed: () => undefined,
    },
  );

  declare(groups: readonly string[], members: readonly string[]): void {
    const look = (): false => {
      this.looks += 1;
      return false;
    };
    const policy = Object.defineProperty({ ...defaultPolicy }, 'suspend', { enumerable: true, get: look });
    for (const group of groups) this.admission.declare(group, { policy, content: CONTENT, members: () => members });
  }

  round(id: string, groups: readonly string[]): 'now' | 'wait' {
    this.woken.delete(id);
    const namespace = id.split('/')[1] ?? '';
    this.admission.report(id, { namespace, labels: {}, states: new Map(groups.map((group) => [group, DUE])) });
    return this.admission.admit(id, groups, FACTS).kind;
  }
}

it('asks again about a bounded number of groups in one call, and goes on until all that may go are woken', () => {
  const admissions = new Admissions();
  const groups = Array.from({ length: 300 }, (_, index) => `externalsecrets.keytender.dev/hostile/${index}`);
  const ids = Array.from({ length: 40 }, (_, index) => `Deployment/hostile/${index}`);
  const mine = { group: 'externalsecrets.keytender.dev/mine/a', id: 'Deployment/mine/a' };
  admissions.declare(groups, ids);
  admissions.declare([mine.group], [mine.id]);
  let most = 0;
  const admitted = new Set<string>();
  const round = (id: string): void => {
    const before = admissions.looks;
    if (admissions.round(id, groups) === 'now') admitted.add(id);
    most = Math.max(most, admissions.looks - before);
  };
  for (const id of ids) round(id);
  expect(most).toBeGreaterThan(300);
  expect(most).toBeLessThan(15_000);
  expect(admissions.round(mine.id, [mine.group])).toBe('now');
  for (let rounds = 0; admitted.size < 2 && rounds < 5_000; rounds += 1) {
    const [next] = [...admissions.woken, ...admissions.later];
    if (next === undefined) break;
    admissions.later.delete(next);
    round(next);
  }
  expect(admitted.size).toBe(2);
});
