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
