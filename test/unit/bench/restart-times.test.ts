// What the audit log says of the restarts for one change.
import { describe, expect, it } from '@jest/globals';
import { figuresOf } from '../../../bench/restart/restart-times.ts';
import type { AuditEntry } from '../../support/control-plane/audit-log.ts';

function entry(verb: string, resource: string, second: number, more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    stage: 'ResponseComplete',
    verb,
    requestURI: '/',
    stageTimestamp: new Date(second * 1_000).toISOString(),
    user: { username: 'operator' },
    objectRef: { resource },
    responseStatus: { code: 200 },
    ...more,
  };
}

describe('the figures of restarts', () => {
  it('begin with the answer to the write of the Secret, end with the last patch, and count requests by their purpose', () => {
    const entries = [
      entry('patch', 'secrets', 10),
      entry('get', 'secrets', 11),
      entry('patch', 'configmaps', 12),
      entry('patch', 'deployments', 12.5, { responseStatus: { code: 409 } }),
      entry('patch', 'deployments', 13),
      entry('patch', 'deployments', 14.5),
      entry('create', 'events', 15),
      entry('patch', 'externalsecrets', 16, { objectRef: { resource: 'externalsecrets', subresource: 'status' } }),
      entry('watch', 'deployments', 17),
    ];
    expect(figuresOf(entries)).toEqual({ seconds: 4.5, patches: 2, ledger: 1, events: 1, statuses: 1, reads: 1, refused: 1 });
  });
});
