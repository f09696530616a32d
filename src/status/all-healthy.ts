/** Whether a status says that all workloads are healthy with the content of the Secret, after at least one restart. Pure. */
import { findCondition } from '../api/schema/conditions.ts';
import type { ExternalSecretStatus } from '../api/schema/external-secret-status.ts';

/**
 * The content of each workload must be that of the status: right after a change, phases can still be those of the former content. False if nothing was restarted, as
 * after the first creation of a Secret.
 */
export function saysAllHealthy(status: ExternalSecretStatus | undefined): boolean {
  const { restarts = [], content } = status ?? {};
  return (
    findCondition(status?.conditions, 'RolloutsHealthy')?.status === 'True' &&
    restarts.some(({ phase }) => phase === 'Healthy') &&
    restarts.every((restart) => restart.content === content)
  );
}

/**
 * Whether `before` does not say yet what `after` says: all workloads are healthy with this content. A status without the condition is one from before spec.restart: the
 * change was then no reason for a restart.
 */
export function isNewlyHealthy(before: ExternalSecretStatus | undefined, after: ExternalSecretStatus): boolean {
  if (findCondition(before?.conditions, 'RolloutsHealthy') === undefined) return false;
  return saysAllHealthy(after) && !(saysAllHealthy(before) && before?.content === after.content);
}
