// Counts the writes of the operator in the audit log of the API server.
import { readFileSync } from 'node:fs';
import type { Counts } from './ledger.ts';

/** How the operator is known to the API server. */
export const OPERATOR_ACCOUNT = { namespace: 'keytender', name: 'keytender' } as const;

const USER = `system:serviceaccount:${OPERATOR_ACCOUNT.namespace}:${OPERATOR_ACCOUNT.name}`;
const WRITING = new Set(['create', 'update', 'patch', 'delete']);

interface AuditEntry {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource: string; readonly subresource?: string };
  readonly stage: string;
}

/** Requests by resource, refused ones too. Tokens for AWS are asked for by a create as well, but change nothing, so they don't count. */
export function operatorWrites(auditLogPath: string): Counts {
  const counts: Record<string, number> = {};
  // The last line may still be in the making.
  for (const line of readFileSync(auditLogPath, 'utf8').split('\n').slice(0, -1)) {
    if (!line.includes(USER)) continue;
    const { verb, user, objectRef, stage } = JSON.parse(line) as AuditEntry;
    if (user.username !== USER || stage !== 'ResponseComplete' || !WRITING.has(verb) || objectRef?.subresource === 'token') continue;
    const resource = objectRef === undefined ? 'other' : [objectRef.resource, objectRef.subresource].filter(Boolean).join('/');
    counts[resource] = (counts[resource] ?? 0) + 1;
  }
  return counts;
}
