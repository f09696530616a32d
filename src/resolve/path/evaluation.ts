/** The context of a step that evaluates a further path: the cost of the whole evaluation, and the evaluation itself. */
import type { Cost } from './cost.ts';
import type { Found } from './value.ts';

export interface Evaluation {
  readonly cost: Cost;
  /** The result of `path` from `start`. Throws CostExceeded. */
  get(start: Found, path: string): Found;
}
