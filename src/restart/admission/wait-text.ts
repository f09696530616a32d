/** One sentence for each reason to wait: the fact. What to do, if somebody must act, is the hint of the reason. Pure. */
import { excerpt } from '../../base/excerpt.ts';
import { FLAPPING_CHANGES } from '../policy/policy.ts';
import { policyName } from './policy-name.ts';
import type { Hold, WaitReason } from './verdict.ts';

/** Longer names are cut, so that a sentence has at most 300 characters. */
const LONGEST_SUBJECT = 60;

interface Parts {
  readonly group: string;
  readonly subject: string;
  /** ` at 2026-03-01T10:00:00Z`, or nothing. */
  readonly at: string;
}

const SENTENCES: Readonly<Record<WaitReason, (parts: Parts) => string>> = {
  Settling: ({ group, at }) =>
    `the source changed a moment ago; changes until then are the same restart, which comes${at} (settle of ${group})`,
  MinInterval: ({ group, at }) => `it was restarted a short time ago; the next restart may come${at} (least interval of ${group})`,
  SourceFlapping: ({ group, at }) =>
    `the source of ${group} changed more than ${FLAPPING_CHANGES} times within an hour, so restarts are delayed; the next may come${at}`,
  WindowClosed: ({ group, at }) =>
    at === '' ? `no window of ${group} is open` : `no window of ${group} is open; the next restart may come${at}`,
  WindowsNeverMeet: ({ group, subject }) =>
    `windows of ${group}${subject === '' ? ' never open' : ` and ${subject} never open at the same time`} within 366 days`,
  EarlierWave: ({ group, subject }) => `not all workloads of the wave ${subject} of ${group} are healthy with the new content`,
  Soaking: ({ group, subject, at }) => `the wave ${subject} of ${group} must stay healthy for its soak time; the next wave begins${at}`,
  NoHealthyCanary: ({ group, subject }) =>
    `no workload of the wave ${subject} of ${group} was healthy before and is healthy with the new content, so nothing shows that it works, and the next waves wait`,
  Halted: ({ group, subject }) =>
    `workloads that failed with the new content: ${subject}, more than maxFailures of ${group} allows; the others wait`,
  MaxConcurrent: ({ group, subject }) => `workloads of ${group} that roll now: ${subject}, as many as its maxConcurrent allows`,
  NamespaceLimit: ({ subject }) => `workloads of the namespace that may roll at the same time: ${subject}, and as many roll now`,
  InstallationLimit: ({ subject }) =>
    `workloads that may roll at the same time in the installation: ${subject}; what is free is for other namespaces`,
  Suspended: ({ group }) => `restarts of ${group} are suspended (spec.restart.suspend)`,
  DryRun: ({ group, at }) => `${group} has dryRun: without it, the restart would come${at === '' ? ' as soon as a place is free' : at}`,
  NotAllObserved: ({ group, subject }) =>
    `not all workloads of ${group} were looked at since the start or the last change${subject === '' ? '' : ` (${subject})`}; this takes a moment`,
};

/** For people, at most 300 characters. */
export function explain({ reason, group, until, subject = '' }: Hold): string {
  return SENTENCES[reason]({
    group: group === '' ? 'the installation' : policyName(group),
    subject: reason === 'WindowsNeverMeet' ? policyName(String(subject)) : excerpt(String(subject), LONGEST_SUBJECT),
    at: until === undefined ? '' : ` at ${new Date(until).toISOString().slice(0, 19)}Z`,
  });
}
