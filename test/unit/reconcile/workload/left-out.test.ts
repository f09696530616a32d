// What a workload asks for and nobody follows is told on the workload, once for each state.
import { expect, it } from '@jest/globals';
import { LeftOutLog, leftOutOf } from '../../../../src/reconcile/workload/left-out.ts';
import { reporting } from '../reporting.ts';
import { reduced, setting } from '../../restart/consumer/workloads.ts';

const asked = { demands: [], problems: [], hasMore: false };

it('references beyond the bound matter to workloads that ask for restarts only', () => {
  const many = { ...reduced(), hasMoreReferences: true };
  expect(leftOutOf(many, undefined)).toEqual({ hasMore: false, problems: [] });
  expect(leftOutOf(many, { ...asked, hasMore: true }).hasMore).toBe(true);
  expect(leftOutOf(many, { ...asked, demands: [{ kind: 'Secret', name: 'a', keys: 'all', by: 'auto' }] }).hasMore).toBe(true);
  const opted = { ...reduced({ metadata: { annotations: { [setting('restart')]: 'true' } } }), hasMoreReferences: true };
  expect(leftOutOf(opted, undefined).hasMore).toBe(true);
});

it('is told when it changes, in at most 300 characters, and again after it was mended', () => {
  const { events, context } = reporting();
  const log = new LeftOutLog();
  const consumer = reduced({ metadata: { annotations: { [setting('restart')]: 'perhaps' } } });
  const round = {
    id: 'Deployment/team/app',
    consumer,
    leftOut: leftOutOf(consumer, { ...asked, hasMore: true, problems: ['x'.repeat(400)] }),
  };
  log.saw(round, context);
  log.saw(round, context);
  expect(events.map(({ reason }) => reason)).toEqual(['TooManyReferences', 'InvalidSettings']);
  for (const { note, type } of events) expect([note.length <= 300, type]).toEqual([true, 'Warning']);
  log.saw({ ...round, leftOut: { hasMore: false, problems: [] } }, context);
  log.saw(round, context);
  expect(events).toHaveLength(4);
  log.forget(round.id);
  log.saw(round, context);
  expect(events).toHaveLength(6);
});
