// The measured scenarios.
import { phaseNames, type PhaseName } from './phase-names.ts';

/** How the store tells that something has changed: by reads alone, by lists (changeDetection), or by events from a queue. */
export type Detection = 'reads' | 'lists' | 'events';

export interface Scenario {
  readonly title: string;
  /** ExternalSecrets. */
  readonly resources: number;
  /** Distinct AWS secrets that they read, evenly. */
  readonly secrets: number;
  /** The refresh interval where refreshes are measured. */
  readonly intervalSeconds: number;
  readonly repetitions: number;
  readonly detection: Detection;
  /** So long the operator is left alone after its start before refreshes are measured. */
  readonly settleSeconds: number;
  /** Those that it is about, beside cold start and restart. */
  readonly phases: readonly PhaseName[];
}

const all = { detection: 'reads', settleSeconds: 0, phases: phaseNames } as const;
const small = { intervalSeconds: 20, repetitions: 3 };
/** Each of these takes some minutes. */
const large = { intervalSeconds: 60, repetitions: 1 };
/** What the number of secrets makes a difference for. */
const most = ['steady', 'load', 'scrapes', 'floor'] as const;
/** Where the way of detection makes a difference. */
const changes = ['steady', 'one-change', 'all-changes'] as const;
/** The first look after a start is a read, also where lists stand in for it: within one interval of the small scenarios. */
const lists = { detection: 'lists', settleSeconds: 20, phases: changes } as const;
const events = { detection: 'events', settleSeconds: 0, phases: changes } as const;
/** An operator that does not know how long nobody worked before it reads each secret once within five minutes, and seldom from then on. */
const caughtUp = { settleSeconds: 300 };

export const scenarios: readonly Scenario[] = [
  // What the operator needs before there is anything to do.
  { title: 'none', resources: 0, secrets: 0, ...small, ...all, phases: [] },
  // By the number of secrets: lists show all that there are in AWS.
  { title: '100, one secret each', resources: 100, secrets: 100, ...small, ...all },
  { title: '1,000 over 250 secrets', resources: 1_000, secrets: 250, ...small, ...all },
  { title: '1,000, one secret each', resources: 1_000, secrets: 1_000, ...small, ...all },
  { title: '1,000, lists', resources: 1_000, secrets: 1_000, ...small, ...lists },
  { title: '1,000, events', resources: 1_000, secrets: 1_000, ...small, ...events },
  { title: '5,000, one secret each', resources: 5_000, secrets: 5_000, ...large, ...all },
  { title: '5,000, lists', resources: 5_000, secrets: 5_000, ...large, ...lists, ...caughtUp },
  { title: '5,000, events', resources: 5_000, secrets: 5_000, ...large, ...events, ...caughtUp },
  { title: '10,000 over 5,000 secrets', resources: 10_000, secrets: 5_000, ...large, ...all },
  { title: '10,000, one secret each', resources: 10_000, secrets: 10_000, ...large, ...all, phases: most },
];

/** Every AWS call takes so long. */
export const LATENCY_MS = 15;
/** So many ExternalSecrets are created under a running operator. */
export const ADDED = 100;

export function secretName(index: number): string {
  return `bench/team-${index % 20}/service-${index}`;
}
