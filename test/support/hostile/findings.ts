// The effect of one hostile input on an operator, and whether it is within the limits: no step blocks the event loop, and all memory is
// bounded. Pure.
import { REFRESH_INTERVAL_MS } from './rotations.ts';

export interface Limits {
  /** Processor time that one turn of the event loop may take. */
  readonly turnMs: number;
  /** Time until /livez has answered, beside the noise of the machine. */
  readonly livezMs: number;
  /** How much longer a new ExternalSecret of another tenant may take than in quiet. */
  readonly delayMs: number;
  /** Time until a rotated value of another tenant has arrived by its refreshes. */
  readonly staleMs: number;
  readonly peakMiB: number;
}

/** The chart limits the container to 512 MiB; a quarter is room. */
export const limits: Limits = { turnMs: 50, livezMs: 100, delayMs: 2_000, staleMs: REFRESH_INTERVAL_MS + 5_000, peakMiB: 384 };

/**
 * On a machine of CI, which does other work at the same time. Processor time does not count that work, but each step takes more of it there: caches and
 * cores are shared. Far below the seconds that the inputs of CI took before they were bounded.
 */
export const ciLimits: Limits = { ...limits, turnMs: 2 * limits.turnMs, livezMs: 5 * limits.livezMs, delayMs: 2 * limits.delayMs };

/** One life of the operator: while the input was planted, or a start with everything in place. */
export interface Findings {
  readonly phase: string;
  /** Greatest first. */
  readonly turnsMs: readonly number[];
  readonly livezMs: number;
  /** How long the machine kept the operator, and the process that asked /livez, from the processor at most. */
  readonly noiseMs: number;
  readonly unanswered: number;
  readonly peakMiB: number;
  /** Share of the time that the event loop was busy, by processor time. No bound: it shows what an input costs. */
  readonly busyShare?: number;
  /** Until a new ExternalSecret of another tenant was Ready, from when the API server showed it to those who watch. */
  readonly newcomersMs: readonly number[];
  /** How late the API server showed one at most. No breach: no operator sees it earlier. */
  readonly shownMs?: number;
  readonly quietMs: number;
  /** From each rotation of a secret of another tenant until its value had arrived; empty where nothing is rotated. */
  readonly rotationsMs?: readonly number[];
  readonly leaseKept: boolean;
  readonly running: boolean;
}

/** What breaks the rule; empty: nothing. */
export function breaches(findings: Findings, allowed: Limits = limits): readonly string[] {
  const longest = findings.turnsMs[0] ?? 0;
  const slowest = Math.max(0, ...findings.newcomersMs);
  const stalest = Math.max(0, ...(findings.rotationsMs ?? []));
  const found: string[] = [];
  if (!findings.running) found.push('the operator has ended');
  if (!findings.leaseKept) found.push('the lease was lost');
  if (longest > allowed.turnMs) found.push(`one turn of the event loop took ${longest.toFixed(0)} ms`);
  if (findings.unanswered > 0) found.push(`${findings.unanswered} calls of /livez had no answer`);
  if (findings.livezMs > allowed.livezMs + findings.noiseMs) found.push(`/livez took ${findings.livezMs.toFixed(0)} ms`);
  if (slowest > findings.quietMs + allowed.delayMs) found.push(`another tenant waited ${slowest.toFixed(0)} ms`);
  if (stalest > allowed.staleMs) found.push(`a rotated value of another tenant arrived after ${stalest.toFixed(0)} ms`);
  if (findings.peakMiB > allowed.peakMiB) found.push(`${findings.peakMiB.toFixed(0)} MiB of memory were used`);
  return found.map((what) => `${findings.phase}: ${what}`);
}

/** One line for people. */
export function describeFindings(input: string, findings: Findings): string {
  const { phase, turnsMs, livezMs, noiseMs, peakMiB, newcomersMs, quietMs, shownMs = 0, rotationsMs = [], busyShare } = findings;
  const figures = [
    `longest turn ${(turnsMs[0] ?? 0).toFixed(0)} ms`,
    `/livez ${livezMs.toFixed(0)} ms (noise ${noiseMs.toFixed(0)})`,
    `peak ${peakMiB.toFixed(0)} MiB`,
    `other tenant ${Math.max(0, ...newcomersMs).toFixed(0)} ms (quiet ${quietMs.toFixed(0)}; shown by the API server after ${shownMs.toFixed(0)})`,
    ...(busyShare === undefined ? [] : [`loop ${(100 * busyShare).toFixed(0)} % busy`]),
    ...(rotationsMs.length === 0 ? [] : [`rotated value ${Math.max(...rotationsMs).toFixed(0)} ms`]),
  ];
  return `hostile: ${input} | ${phase} | ${figures.join(' | ')}`;
}
