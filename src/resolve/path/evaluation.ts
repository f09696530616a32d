/** What a step of a path needs to evaluate a path inside of it: the cost of the whole, and the evaluation itself. */
import type { Cost } from './cost.ts';
import type { Found } from './value.ts';

export interface Evaluation {
  readonly cost: Cost;
  /** What `path` leads to from `start`. Throws CostExceeded. */
  get(start: Found, path: string): Found;
}
