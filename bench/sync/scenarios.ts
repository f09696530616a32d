// The situations that are measured.

export interface Scenario {
  readonly title: string;
  /** ExternalSecrets. */
  readonly resources: number;
  /** Distinct AWS secrets that they read, evenly. */
  readonly secrets: number;
}

export const scenarios: readonly Scenario[] = [
  { title: '100, one secret each', resources: 100, secrets: 100 },
  { title: '1,000, one secret each', resources: 1_000, secrets: 1_000 },
  { title: '1,000 over 250 secrets', resources: 1_000, secrets: 250 },
];

/** Every AWS call takes so long. */
export const LATENCY_MS = 15;
/** So many ExternalSecrets are created under a running operator. */
export const ADDED = 100;

export function secretName(index: number): string {
  return `bench/team-${index % 20}/service-${index}`;
}
