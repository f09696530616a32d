// What one change of a Secret makes the operator ask of the API server, from its audit log. Pure.
import type { AuditEntry } from '../../test/support/control-plane/audit-log.ts';
import { countRequests } from '../sync/api-requests.ts';

export interface RestartFigures {
  /** From the answer to the write of the Secret until the answer to the last patch of a Deployment. */
  readonly seconds: number;
  readonly patches: number;
  /** Requests of each kind. */
  readonly ledger: number;
  readonly events: number;
  readonly statuses: number;
  readonly reads: number;
  readonly refused: number;
}

export function figuresOf(entries: readonly AuditEntry[]): RestartFigures {
  const done = entries.filter(({ stage, responseStatus }) => stage === 'ResponseComplete' && (responseStatus?.code ?? 0) < 400);
  const times = (verb: string, resource: string): readonly number[] =>
    done
      .filter((entry) => entry.verb === verb && entry.objectRef?.resource === resource)
      .map(({ stageTimestamp }) => Date.parse(stageTimestamp));
  const patched = times('patch', 'deployments');
  const { writes, reads, refused } = countRequests(entries);
  const written = (...kinds: readonly string[]): number => kinds.reduce((total, kind) => total + (writes[kind] ?? 0), 0);
  return {
    seconds: (Math.max(...patched) - Math.min(...times('patch', 'secrets'))) / 1_000,
    patches: patched.length,
    ledger: written('patch configmaps', 'create configmaps'),
    events: written('create events', 'patch events'),
    statuses: written('patch externalsecrets/status'),
    reads: sum(Object.entries(reads).filter(([kind]) => !kind.startsWith('watch'))),
    refused: sum(Object.entries(refused)),
  };
}

function sum(counts: readonly (readonly [string, number])[]): number {
  return counts.reduce((total, [, count]) => total + count, 0);
}
