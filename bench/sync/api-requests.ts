// The operator's requests to the API server, counted.
import type { AuditEntry } from '../../test/support/control-plane/audit-log.ts';

export interface ApiRequests {
  /** `create secrets` -> how many were accepted. */
  readonly writes: Readonly<Record<string, number>>;
  readonly reads: Readonly<Record<string, number>>;
  /** `409 patch secrets` -> how many. */
  readonly refused: Readonly<Record<string, number>>;
  /** When the last call was answered, in milliseconds since the epoch; 0 when there was none. Watches do not count. */
  readonly lastAt: number;
}

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

export function countRequests(entries: readonly AuditEntry[]): ApiRequests {
  // A watch counts where it begins, so that one which ends now belongs to an earlier phase.
  const answered = entries.filter(({ verb, stage }) => stage === (verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete'));
  const accepted = answered.filter((entry) => codeOf(entry) < 400);
  const calls = answered.filter(({ verb }) => verb !== 'watch');
  return {
    writes: counted(accepted.filter(({ verb }) => WRITES.has(verb))),
    reads: counted(accepted.filter(({ verb }) => !WRITES.has(verb))),
    refused: counted(
      answered.filter((entry) => codeOf(entry) >= 400),
      (entry) => `${codeOf(entry)} ${kindOf(entry)}`,
    ),
    lastAt: calls.reduce((last, { stageTimestamp }) => Math.max(last, Date.parse(stageTimestamp)), 0),
  };
}

function counted(entries: readonly AuditEntry[], keyOf = kindOf): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const entry of entries) counts[keyOf(entry)] = (counts[keyOf(entry)] ?? 0) + 1;
  return counts;
}

function kindOf({ verb, objectRef }: AuditEntry): string {
  const { resource = 'none', subresource } = objectRef ?? {};
  return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}

function codeOf({ responseStatus }: AuditEntry): number {
  return responseStatus?.code ?? 0;
}
