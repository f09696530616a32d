/** Whether this process leads, under the name that client-go gives it. */
import type { Registry } from 'prom-client';
import { instrumentsOf } from './instruments.ts';

export interface LeaderMetrics {
  readonly leads: (leading: boolean) => void;
}

/** `lease`: the name of the Lease. Without leader election, say at the start that this process leads. */
export function createLeaderMetrics(registry: Registry, lease: string): LeaderMetrics {
  const help = 'Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master.';
  const status = instrumentsOf(registry).gauge('leader_election_master_status', help, ['name']);
  status.set({ name: lease }, 0);
  return { leads: (leading) => status.set({ name: lease }, leading ? 1 : 0) };
}
