/** What a reconciler reports with, beside the API server: Events are collected, nothing is logged or counted. */
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { EventRecord } from '../../../src/kube/port.ts';
import { FakeClock } from '../../support/fake-clock.ts';

export const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
export const uncounted = { synced() {}, secretWritten() {} };

export function reporting() {
  const events: EventRecord[] = [];
  const context = {
    dialect: keytender,
    events: { record: (event: EventRecord) => void events.push(event) },
    metrics: uncounted,
    clock: new FakeClock(),
    logger: silent,
  };
  return { events, context };
}
