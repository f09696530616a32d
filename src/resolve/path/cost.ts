/** Limits the evaluation of paths, so that any path and value block the event loop only for milliseconds. */

/**
 * Steps of one path. A step reads a value, or makes or parses four bytes of text, and takes about 0.2 microseconds on one core, so a path
 * takes at most 10 ms. The first search for a name in a value of 64 KiB, the maximum of AWS, takes 8,000 steps; later ones take few.
 */
export const STEPS_PER_PATH = 50_000;
/** Steps of all entries of one reconcile: about a second, in slices. 500 entries with a wildcard over 8,000 members take this number. */
export const STEPS_PER_RECONCILE = 4_000_000;
/** Maximum size of a text that a modifier or a selection makes, in bytes: the maximum size of a Secret. */
export const MAX_MADE_TEXT = 1024 * 1024;
/** Maximum depth of nested paths (selections, queries, arguments) and of nested names. Ordinary paths have a depth below ten. */
export const MAX_DEPTH = 200;

/** Steps for each generated text, besides its length. */
const MADE = 16;
const BYTES_PER_STEP = 4;
const CHARACTERS_PER_STEP = 32;

/** Thrown only inside the evaluation. The caller turns it into a failure. */
export class CostExceeded extends Error {}

export class Cost {
  #left: number;
  #depth = 0;

  constructor(steps: number) {
    this.#left = steps;
  }

  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new CostExceeded('too many steps');
  }

  /** For a path that is parsed. */
  spendPath(path: string): void {
    this.spend(1 + Math.floor(path.length / CHARACTERS_PER_STEP));
  }

  /** For `length` bytes of text that are made or parsed. */
  spendText(length: number): void {
    this.checkText(length);
    this.spend(MADE + Math.ceil(length / BYTES_PER_STEP));
  }

  checkText(length: number): void {
    if (length > MAX_MADE_TEXT) throw new CostExceeded('too long a text');
  }

  /** One level deeper, until `leave`. After an exception the evaluation ends, so its levels need no `leave`. */
  enter(): void {
    if (this.#depth >= MAX_DEPTH) throw new CostExceeded('too deep a path');
    this.#depth += 1;
  }

  leave(): void {
    this.#depth -= 1;
  }

  get left(): number {
    return Math.max(0, this.#left);
  }
}

/** The limit for all entries of one reconcile together. */
export class ReconcileCost {
  #left: number;

  constructor(steps = STEPS_PER_RECONCILE) {
    this.#left = steps;
  }

  /** The result of `evaluate` within the limit of one path. Throws CostExceeded above it. */
  path<T>(evaluate: (cost: Cost) => T): T {
    const allowed = Math.min(STEPS_PER_PATH, this.#left);
    const cost = new Cost(allowed);
    try {
      return evaluate(cost);
    } finally {
      this.#left -= allowed - cost.left;
    }
  }

  /** Whether nothing is left: whatever takes steps fails from now on. */
  get isUsedUp(): boolean {
    return this.#left <= 0;
  }

  /** False once the reconcile has used up what it may. */
  spend(steps: number): boolean {
    this.#left -= steps;
    return this.#left >= 0;
  }
}
