// The situations that are measured.

export interface Scenario {
  readonly title: string;
  /** ExternalSecrets. */
  readonly resources: number;
  /** Distinct AWS secrets that they read, evenly. */
  readonly secrets: number;
  /** The refresh interval where refreshes are measured. */
  readonly intervalSeconds: number;
  readonly repetitions: number;
}

const small = { intervalSeconds: 20, repetitions: 3 };
/** Each of these takes some minutes. */
const large = { intervalSeconds: 60, repetitions: 1 };

export const scenarios: readonly Scenario[] = [
  { title: '100, one secret each', resources: 100, secrets: 100, ...small },
  { title: '1,000, one secret each', resources: 1_000, secrets: 1_000, ...small },
  { title: '1,000 over 250 secrets', resources: 1_000, secrets: 250, ...small },
  { title: '5,000, one secret each', resources: 5_000, secrets: 5_000, ...large },
  { title: '10,000 over 5,000 secrets', resources: 10_000, secrets: 5_000, ...large },
  { title: '10,000, one secret each', resources: 10_000, secrets: 10_000, ...large },
];

/** Every AWS call takes so long. */
export const LATENCY_MS = 15;
/** So many ExternalSecrets are created under a running operator. */
export const ADDED = 100;

export function secretName(index: number): string {
  return `bench/team-${index % 20}/service-${index}`;
}
