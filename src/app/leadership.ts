/** Runs the work in this process: at once, or, with leader election, while this process holds the Lease. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { leaseNameOf } from '../api/installation.ts';
import type { Clock, Ms } from '../base/time/clock.ts';
import { lastingRight, type WriteRight } from '../base/write-right.ts';
import type { Config } from '../config.ts';
import { fenced } from '../kube/leader-election/fence.ts';
import { type LeaderElectionEnd, runLeaderElection } from '../kube/leader-election/leader-election.ts';
import type { KubeReader, KubeWriter } from '../kube/port.ts';
import type { LeaderMetrics } from '../telemetry/metrics/leader-metrics.ts';
import type { Logger } from '../telemetry/log/logger.ts';

/** What the leader works with. */
export interface Leading {
  /** Refuses writes once the Lease is lost. */
  readonly client: KubeReader & KubeWriter;
  /** For writes to other servers than the API server. Without leader election it does not end. */
  readonly right: WriteRight;
  /** The time (wall clock) until which former leaders have done all refreshes that were due; undefined if not known. */
  readonly leadUntil: Ms | undefined;
}

export interface LeadershipOptions {
  readonly config: Config;
  readonly client: KubeReader & KubeWriter;
  /** The shard of this process, if the installation has shards. */
  readonly shard?: string | undefined;
  /** The namespace of the Lease. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly metrics: LeaderMetrics;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** The work of the leader. */
  readonly work: (leading: Leading, signal: AbortSignal) => Promise<void>;
  /** The `leadUntil` for the next leader. Undefined until the work has one. */
  readonly doneUntil?: () => Ms | undefined;
}

/** Resolves when the work has ended: true after `signal` aborted, false after the Lease was lost. Then the process must exit. */
export async function lead(options: LeadershipOptions): Promise<boolean> {
  const { config, client, metrics, logger, signal } = options;
  if (!config.leaderElect) {
    metrics.leads(true);
    await options.work({ client, right: lastingRight, leadUntil: undefined }, signal);
    return true;
  }
  // Unique for each start, so that a restarted container does not use the Lease of its former process.
  const identity = `${hostname()}_${randomUUID()}`;
  const end = await elected(options, identity).finally(() => metrics.leads(false));
  if (end === 'lost') logger.error({ identity }, 'leadership lost; exiting so that nothing of the old view remains');
  return end !== 'lost';
}

function elected(options: LeadershipOptions, identity: string): Promise<LeaderElectionEnd> {
  const { config, client, clock, metrics, logger, signal } = options;
  return runLeaderElection({
    client,
    namespace: config.leaderElectNamespace ?? options.namespace,
    name: leaseNameOf(options.shard),
    identity,
    clock,
    doneUntil: options.doneUntil,
    timing: {
      leaseDuration: config.leaderElectLeaseDuration,
      renewDeadline: config.leaderElectRenewDeadline,
      retryPeriod: config.leaderElectRetryPeriod,
    },
    signal,
    onStartedLeading: async (leaderSignal, lease) => {
      logger.info({ identity }, 'started leading');
      metrics.leads(true);
      const guarded = { ...client, ...fenced(client, lease, clock) };
      await options.work({ client: guarded, right: lease, leadUntil: lease.leadUntil }, leaderSignal);
    },
    onFailure: (failure) => {
      logger.warn({ problem: failure.message }, 'lease could not be acquired or renewed; trying again');
    },
    onHolder: (holder) => {
      logger.info({ holder }, 'leader observed');
    },
  });
}
