/** Whether this process leads. The metric has the name of client-go. */
import type { Registry } from 'prom-client';
import { instrumentsOf } from './instruments.ts';

export interface LeaderMetrics {
  readonly leads: (leading: boolean) => void;
}

/** `lease`: the name of the Lease. Without leader election, the caller reports leadership at the start. */
export function createLeaderMetrics(registry: Registry, lease: string): LeaderMetrics {
  const help = 'Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master.';
  const status = instrumentsOf(registry).gauge('leader_election_master_status', help, ['name']);
  status.set({ name: lease }, 0);
  return { leads: (leading) => status.set({ name: lease }, leading ? 1 : 0) };
}
